using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference;

public class DeviceFallbackTests
{
    private static readonly Sam2SessionOptions Gpu = new() { GpuDeviceId = 7, FallbackToCpu = true };

    [Fact]
    public void Load_LastSessionFailsOnTheDevice_LoadsAllOfThemOnTheCpu()
    {
        var (devices, warnings) = (new List<string>(), new List<string>());

        var loaded = DeviceFallback.Load(Gpu with { Warn = warnings.Add }, options => (Part("encoder", options), Part("decoder", options)));

        Assert.Equal(["encoder on GPU", "decoder on GPU", "encoder on CPU", "decoder on CPU"], devices);
        Assert.Equal(("Out of devices.", "Out of devices."), loaded);
        Assert.Equal("Out of devices. Running on the CPU instead.", Assert.Single(warnings));

        // As the encoder and the decoder each ask for themselves where they are loaded alone.
        string? Part(string part, Sam2SessionOptions asked) => DeviceFallback.Load(asked, options =>
        {
            devices.Add($"{part} on {(options.IsOnCpu ? "CPU" : "GPU")}");
            return options.IsOnCpu || part == "encoder"
                ? options.CpuDevice.FallbackReason
                : throw new UnusableDeviceException("Out of devices.", isOfSession: true, new InvalidOperationException("cause"));
        });
    }

    [Fact]
    public void Load_WithoutFallback_SaysWhyAndWhatElseThereIs()
    {
        var cause = new InvalidOperationException("cause");

        var error = Assert.Throws<InvalidOperationException>(() => DeviceFallback.Load<int>(
            Gpu with { FallbackToCpu = false }, _ => throw new UnusableDeviceException("Out of devices.", isOfSession: true, cause)));

        Assert.StartsWith("Out of devices. Or compute on the CPU", error.Message, StringComparison.Ordinal);
        Assert.Same(cause, error.InnerException);
    }

    [Fact]
    public void Load_OtherFault_IsNotTheDevices()
    {
        var runs = 0;
        Assert.Throws<FormatException>(() => DeviceFallback.Load<int>(Gpu, _ =>
        {
            runs++;
            throw new FormatException();
        }));
        Assert.Equal(1, runs);
    }
}
