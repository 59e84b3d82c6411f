using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MaskGen.ML.Tests.Stages;

/// <summary>What the stages take from the context and tell it.</summary>
public class StageEnvironmentTests
{
    private static readonly string[] Columns = ["Masks"];
    private readonly MLContext _ml = new(seed: 1);
    private readonly List<LoggingEventArgs> _log = [];

    public StageEnvironmentTests()
    {
        _ml.Log += (_, message) => _log.Add(message);
    }

    [Fact]
    public void Transform_NoGpuAskedFor_LogsModelDeviceAndTimes()
    {
        var data = StageData.Images(_ml);
        using var model = _ml.Transforms.GenerateMasks("Masks", "Image", StageData.GenerationOptions).Fit(data);
        Assert.DoesNotContain(_log, message => message.Message.Contains("Loaded", StringComparison.Ordinal));
        ColumnDigest.Of(model.Transform(data), Columns);

        var loaded = Assert.Single(_log, message => message.Message.Contains("Loaded", StringComparison.Ordinal));
        Assert.Equal(ChannelMessageKind.Info, loaded.Kind);
        Assert.Contains("micro", loaded.Message, StringComparison.Ordinal);
        Assert.Contains("the CPU", loaded.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(MaskGenerationTransformer), loaded.Source, StringComparison.Ordinal);
        Assert.Equal(3, _log.Count(
            message => message.Kind == ChannelMessageKind.Trace && message.Message.Contains("Generate: ", StringComparison.Ordinal)));
        Assert.DoesNotContain(_log, message => message.Kind >= ChannelMessageKind.Warning);
    }

    [Fact]
    public void Transform_GpuThatIsNotThereWithFallback_RunsOnTheCpuWithOneWarning()
    {
        var data = StageData.Images(_ml);
        using var onCpu = _ml.Transforms.GenerateMasks("Masks", "Image", StageData.GenerationOptions).Fit(data);
        _ml.GpuDeviceId = 0;
        _ml.FallbackToCpu = true;
        using var model = _ml.Transforms.GenerateMasks("Masks", "Image", StageData.GenerationOptions).Fit(data);
        SkipWhereThereIsAGpu();
        Assert.Equal(ColumnDigest.Of(onCpu.Transform(data), Columns), ColumnDigest.Of(model.Transform(data), Columns));
        var warning = Assert.Single(_log, message => message.Kind == ChannelMessageKind.Warning);
        Assert.Contains("CUDA device 0", warning.Message, StringComparison.Ordinal);
        Assert.Contains("CPU instead", warning.Message, StringComparison.Ordinal);
        Assert.All(
            _log.Where(message => message.Message.Contains("Loaded", StringComparison.Ordinal)),
            loaded => Assert.EndsWith("on the CPU.", loaded.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Transform_GpuThatIsNotThere_FailsBeforeTheFirstRowAndSaysWhatToDo()
    {
        var data = StageData.Images(_ml);
        _ml.GpuDeviceId = 0;
        using var model = _ml.Transforms.GenerateMasks("Masks", "Image", StageData.GenerationOptions).Fit(data);
        SkipWhereThereIsAGpu();
        var view = model.Transform(data);
        var error = Assert.Throws<InvalidOperationException>(() => view.GetRowCursor(view.Schema));
        Assert.Contains("CUDA device 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("the package Microsoft.ML.OnnxRuntime.Gpu", error.Message, StringComparison.Ordinal);

        // Columns of others need no device.
        using var cursor = view.GetRowCursor(view.Schema.Where(column => column.Name == "Path"));
        Assert.True(cursor.MoveNext());
    }

    [Fact]
    public void Transform_StagesWithTheirOwnSession_GoBeforeTheContext()
    {
        var data = StageData.Images(_ml);
        _ml.GpuDeviceId = 3;
        _ml.FallbackToCpu = true;
        var options = new Sam2ImageEncodingOptions { Model = StageData.Micro, Session = new() { GpuDeviceId = 5, FallbackToCpu = true } };
        using var encoder = _ml.Transforms.EncodeSam2Images("Embedding", "Image", options).Fit(data);
        SkipWhereThereIsAGpu();
        ColumnDigest.Of(encoder.Transform(data), ["Embedding"]);
        Assert.Contains(
            "CUDA device 5", Assert.Single(_log, message => message.Kind == ChannelMessageKind.Warning).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_SessionOfThreadsAlone_RunsOnTheContextsDevice()
    {
        var data = StageData.Images(_ml);
        _ml.GpuDeviceId = 3;
        _ml.FallbackToCpu = true;
        var options = new Sam2ImageEncodingOptions { Model = StageData.Micro, Session = new() { ThreadCount = 1 } };
        using var encoder = _ml.Transforms.EncodeSam2Images("Embedding", "Image", options).Fit(data);
        SkipWhereThereIsAGpu();

        ColumnDigest.Of(encoder.Transform(data), ["Embedding"]);

        Assert.Contains(
            "CUDA device 3", Assert.Single(_log, message => message.Kind == ChannelMessageKind.Warning).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, false, null, null, false)]
    [InlineData(null, true, null, null, false)]
    [InlineData(2, false, null, 2, false)]
    [InlineData(2, true, null, 2, true)]
    [InlineData(2, false, 5, 5, false)]
    [InlineData(2, true, 5, 5, false)]
    [InlineData(null, true, 5, 5, false)]
    public void Session_OfContextAndOptions_IsMergedFieldByField(
        int? contextDevice, bool contextFallback, int? device, int? expectedDevice, bool expectedFallback)
    {
        _ml.GpuDeviceId = contextDevice;
        _ml.FallbackToCpu = contextFallback;
        var host = ((IHostEnvironment)_ml).Register("Test");

        var session = StageEnvironment.Session(host, new() { ThreadCount = 7, GpuDeviceId = device });

        Assert.Equal(new Sam2SessionOptions { ThreadCount = 7, GpuDeviceId = expectedDevice, FallbackToCpu = expectedFallback }, session);
        Assert.Equal(contextDevice, StageEnvironment.Session(host, null).GpuDeviceId);
        Assert.True(StageEnvironment.Session(host, new() { FallbackToCpu = true }).FallbackToCpu);
    }

    private static void SkipWhereThereIsAGpu() => Assert.SkipWhen(File.Exists("/dev/nvidia0"), "There is a GPU here.");
}
