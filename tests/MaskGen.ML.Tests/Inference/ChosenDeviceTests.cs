using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference;

public class ChosenDeviceTests
{
    private static readonly ChosenDevice Device = new(new Sam2Device { GpuDeviceId = 7 }, "CUDA device 7", _ => { }, () => "Buy one.");

    [Fact]
    public void Make_SessionThatFails_IsTheDevicesFault()
    {
        var error = Assert.Throws<UnusableDeviceException>(
            () => Device.Make<int>(() => throw OnnxErrors.Failed("CUDA failure 101: invalid device ordinal")));

        Assert.True(error.IsOfSession);
        Assert.Equal(
            "CUDA device 7 was asked for, but ONNX Runtime cannot use it: ONNX Runtime failed: CUDA failure 101: invalid device ordinal. "
            + "Buy one.",
            error.Problem);
    }

    [Fact]
    public void Make_FaultOfSomethingElse_IsPassedOn()
    {
        Assert.Throws<ObjectDisposedException>(() => Device.Make<int>(() => throw new ObjectDisposedException("weights")));
        Assert.Throws<CheckpointFormatException>(() => Device.Make<int>(() => throw new CheckpointFormatException("a.pt", "is damaged.")));
        Assert.Equal(3, Device.Make(() => 3));
    }

    [Fact]
    public void Of_Options_IsTheOneDeviceThatTheyName()
    {
        Assert.Null(ChosenDevice.Of(new Sam2SessionOptions()));
        Assert.Null(ChosenDevice.Of(new Sam2SessionOptions { ExecutionProvider = new Sam2ExecutionProvider { Name = "cpu" } }));
        Assert.Equal("CUDA device 2", ChosenDevice.Of(new Sam2SessionOptions { GpuDeviceId = 2 })!.Device.ToString());
        Assert.Equal(
            "DirectML",
            ChosenDevice.Of(new Sam2SessionOptions { ExecutionProvider = new Sam2ExecutionProvider { Name = "dml" } })!.Device.ToString());
    }
}
