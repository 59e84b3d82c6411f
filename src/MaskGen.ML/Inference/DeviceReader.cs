using MaskGen.ML.Checkpoints;
using MaskGen.ML.OnnxGraph;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference;

/// <summary>Copies the tensors of an encoded image from a device into ordinary memory.</summary>
/// <remarks>By a session on that device whose graph passes them on, because only such a one knows the device. It serves an encoder and all
/// images that this has left there, which may outlive it; so nobody disposes it, and it is freed with the last of them. Safe for concurrent
/// use.</remarks>
internal sealed class DeviceReader
{
    private static readonly string[] InputNames =
        [Sam2TensorNames.ImageEmbedding, Sam2TensorNames.HighResolutionFeatures0, Sam2TensorNames.HighResolutionFeatures1];

    private readonly EncodedImageLayout _layout;
    private readonly OnnxSession _session;

    /// <param name="layout">Shapes of the tensors.</param>
    /// <param name="weights">Any; none is read.</param>
    /// <param name="options">Options of the session that leaves the tensors there.</param>
    public DeviceReader(EncodedImageLayout layout, ICheckpoint weights, Sam2SessionOptions options)
    {
        _layout = layout;
        var graph = new GraphBuilder("sam2_encoded_image");
        foreach (var (name, shape) in InputNames.Zip(layout.Shapes))
        {
            GraphDimension[] dimensions = [.. shape.Select(side => (GraphDimension)side)];
            graph.Output(graph.Input(name, dimensions), OutputName(name), dimensions);
        }

        _session = new OnnxSession(graph.Build(), weights, options);
    }

    /// <summary>The device.</summary>
    public Sam2Device Device => _session.Device;

    /// <summary>Copies.</summary>
    /// <param name="tensors">As <see cref="EncodedImageLayout.Shapes"/> lists them.</param>
    /// <exception cref="InvalidOperationException">The device failed.</exception>
    public ReadOnlyMemory<float>[] Read(IReadOnlyList<DeviceTensor> tensors)
    {
        float[][] values = [.. _layout.Shapes.Select((_, i) => new float[_layout.Length(i)])];
        OnnxTensor[] targets = [.. values.Zip(_layout.Shapes, (room, shape) => OnnxSession.Tensor(room, [.. shape]))];
        try
        {
            _session.RunBound(
                [.. InputNames.Zip(tensors, (name, tensor) => (name, (IOnnxValue)tensor))],
                [],
                [.. InputNames.Zip(targets, (name, target) => (OutputName(name), target))],
                CancellationToken.None);
        }
        finally
        {
            Array.ForEach(targets, target => target.Dispose());
        }

        return Array.ConvertAll(values, room => (ReadOnlyMemory<float>)room);
    }

    private static string OutputName(string name) => $"{name}_copy";
}
