using MaskGen.ML.Inference;
using MaskGen.ML.Tests.Stages;

namespace MaskGen.ML.Tests.Inference;

public class OnnxSessionOptionsTests
{
    [Fact]
    public void Settings_OfTheCaller_StandInPlaceOfOursAndBesides()
    {
        const string Stop = "session.force_spinning_stop";
        var given = new Dictionary<string, string> { [Stop] = "0", ["session.intra_op.allow_spinning"] = "0" };

        Assert.Equal(new Dictionary<string, string> { [Stop] = "1" }, OnnxSessionOptions.Settings(new Sam2SessionOptions()));
        Assert.Equal(given, OnnxSessionOptions.Settings(new Sam2SessionOptions { SessionSettings = given }));
    }

    [Fact]
    public void Failures_InAProcessOfTheirOwn_AreToldByExceptionsAndNotPrinted()
    {
        var (messages, error) = ChildProcess.Run(nameof(ChildProcess.Fail_InSeveralWays_GivesTheMessages), [], _ => { });

        Assert.Equal(3, messages.Count);
        Assert.All(messages[..2], message => Assert.StartsWith("ONNX Runtime failed: ", message, StringComparison.Ordinal));
        Assert.StartsWith("CUDA device 0 was asked for", messages[2], StringComparison.Ordinal);
        Assert.All(messages, message => Assert.EndsWith(".", message, StringComparison.Ordinal));
        Assert.Empty(error);
    }
}
