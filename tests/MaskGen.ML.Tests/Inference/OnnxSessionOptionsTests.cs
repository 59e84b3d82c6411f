using MaskGen.ML.Tests.Stages;

namespace MaskGen.ML.Tests.Inference;

public class OnnxSessionOptionsTests
{
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
