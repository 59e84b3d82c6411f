using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference;

public class OnnxSessionOptionsTests
{
    [Fact]
    public void ExplainMissingRuntime_NoNativeLibrary_NamesThePackage()
    {
        // ONNX Runtime looks for it in a static constructor.
        var error = new TypeInitializationException("Microsoft.ML.OnnxRuntime.NativeMethods", new DllNotFoundException("onnxruntime"));

        Assert.Contains("package Microsoft.ML.OnnxRuntime ", OnnxSessionOptions.ExplainMissingRuntime(error)!.Message, StringComparison.Ordinal);
        Assert.NotNull(OnnxSessionOptions.ExplainMissingRuntime(error.InnerException!));
    }

    [Fact]
    public void ExplainMissingRuntime_AnythingElse_IsNotExplained() =>
        Assert.Null(OnnxSessionOptions.ExplainMissingRuntime(new InvalidOperationException("other", new IOException())));
}
