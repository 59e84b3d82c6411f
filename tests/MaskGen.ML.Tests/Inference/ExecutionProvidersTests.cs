using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference;

public class ExecutionProvidersTests
{
    [Theory]
    [InlineData("OpenVINO", "OpenVINO", "(Intel.ML.OnnxRuntime.OpenVino)")]
    [InlineData("openvinoexecutionprovider", "OpenVINO", "(Intel.ML.OnnxRuntime.OpenVino)")]
    [InlineData("DML", "DirectML", "(Microsoft.ML.OnnxRuntime.DirectML)")]
    [InlineData("ROCMExecutionProvider", "ROCm", "has ROCm")]
    [InlineData("CoreML", "CoreML", "(Microsoft.ML.OnnxRuntime (on macOS))")]
    [InlineData("TensorRT", "TensorRT", "(Microsoft.ML.OnnxRuntime.Gpu)")]
    [InlineData("XNNPACK", "XNNPACK", "has XNNPACK")]
    [InlineData("Nothing", "Nothing", "Expected one of those that the program's ONNX Runtime has: ")]
    public void Create_ProviderThatThisBuildDoesNotHave_NamesItAndWhereItIs(string name, string shown, string advice)
    {
        var options = new Sam2SessionOptions { ExecutionProvider = new Sam2ExecutionProvider { Name = name } };

        var error = Assert.Throws<InvalidOperationException>(() => new Sam2ImageEncoder(Sam2Model.Nano, options));

        Assert.StartsWith(
            $"The execution provider {shown} was asked for, but ONNX Runtime cannot use it: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.Message, StringComparison.Ordinal);
        Assert.Contains("CPU", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_ProviderThatIsNotThereWithFallback_ComputesOnTheCpuAndSaysWhy()
    {
        using var encoder = new Sam2ImageEncoder(Sam2Model.Nano, new Sam2SessionOptions
        {
            ExecutionProvider = new Sam2ExecutionProvider { Name = "OpenVINO" }, FallbackToCpu = true,
        });

        Assert.Equal("CPU", encoder.Device.ToString());
        Assert.Contains("OpenVINO was asked for", encoder.Device.FallbackReason, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_Hook_IsCalledForEachSessionLast()
    {
        var threads = new List<int>();
        var options = new Sam2SessionOptions
        {
            ThreadCount = 1,
            SessionSettings = new Dictionary<string, string> { ["session.intra_op.allow_spinning"] = "0" },
            ConfigureSession = session => threads.Add(session.IntraOpNumThreads),
        };

        using var encoder = new Sam2ImageEncoder(OnnxExports.Open("samexporter"), options);
        using var decoder = new Sam2PromptDecoder(OnnxExports.Open("samexporter"), options);

        Assert.Equal([1, 1, 1], threads);
    }

    [Fact]
    public void Validate_ProviderBesideAGpu_IsRefused()
    {
        var provider = new Sam2ExecutionProvider { Name = "CoreML" };
        Assert.Throws<ArgumentException>(() => new Sam2SessionOptions { GpuDeviceId = 0, ExecutionProvider = provider }.Validate());
        Assert.Throws<ArgumentException>(() => (provider with { Name = " " }).Validate());
    }

    [Fact]
    public void Missing_LibrariesOfCuda_AreNamedWithWhatTheyBelongTo()
    {
        var missing = CudaLibraries.Missing(LoadAllBut);
        Assert.Equal(OperatingSystem.IsWindows() ? ["cudnn64_9.dll (cuDNN 9)"] : ["libcudnn.so.9 (cuDNN 9)"], missing);

        static bool LoadAllBut(string name, out nint handle)
        {
            handle = 0;
            return !name.Contains("cudnn", StringComparison.Ordinal);
        }
    }
}
