using MaskGen.ML.Inference;
using MaskGen.ML.Inference.Decoding;

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

    [Theory]
    [InlineData("CPU")]
    [InlineData("CPUExecutionProvider")]
    [InlineData("cpu")]
    public void Create_ProviderThatIsTheCpu_IsNoOtherDevice(string name)
    {
        var options = new Sam2SessionOptions { ExecutionProvider = new Sam2ExecutionProvider { Name = name } };
        using var opened = Sam2Model.Nano.OpenVerified();

        using var encoder = new Sam2ImageEncoder(Sam2Model.Nano, options);
        using var decoder = Sam2PromptDecoder.CreateMaskDecoder(opened, options);

        Assert.Equal(new Sam2Device(), encoder.Device);
        Assert.Equal(new Sam2Device(), decoder.Device);
        Assert.IsType<FusedMaskDecoder>(decoder);
    }

    [Fact]
    public void Validate_OptionsOfTheCpu_AreRefused()
    {
        var provider = new Sam2ExecutionProvider { Name = "CPU", Options = new Dictionary<string, string> { ["device_id"] = "1" } };
        var error = Assert.Throws<ArgumentException>(provider.Validate);
        Assert.Contains("Expected no options of CPU, found device_id", error.Message, StringComparison.Ordinal);
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
    public void SessionSettings_ThatCannotBeMeant_AreRefusedByName()
    {
        static Sam2SessionOptions With(string name, string value) =>
            new() { SessionSettings = new Dictionary<string, string> { [name] = value } };

        var noName = Assert.Throws<ArgumentException>(With(" ", "1").Validate);
        var noValue = Assert.Throws<ArgumentException>(With("session.a", null!).Validate);
        var tooLong = Assert.Throws<ArgumentException>(
            () => new Sam2ImageEncoder(Sam2Model.Nano, With("session.long", new string('1', 99_999))));

        Assert.Contains("found one without a name", noName.Message, StringComparison.Ordinal);
        Assert.Contains("found 'session.a' without a value", noValue.Message, StringComparison.Ordinal);
        Assert.Contains("found 'session.long', of which it says", tooLong.Message, StringComparison.Ordinal);
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
