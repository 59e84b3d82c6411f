using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference;

/// <summary>What all prompts of an image share, as <see cref="SharedImageGraph"/> has computed it, where it was computed.</summary>
/// <remarks>Counted, see <see cref="ICountedImage"/>.</remarks>
internal sealed class OnnxPreparedImage : ICountedImage
{
    /// <summary>Names of the tensors, in the order in which the constructor takes them.</summary>
    public static readonly string[] Names =
    [
        Sam2TensorNames.ImageTokens, Sam2TensorNames.FirstKeys, Sam2TensorNames.FirstValues, Sam2TensorNames.FirstQueries,
        Sam2TensorNames.OrderedFeatures0, Sam2TensorNames.OrderedFeatures1,
    ];

    private readonly DeviceTensor[] _tensors;
    private int _holders = 1;

    /// <param name="image">The image.</param>
    /// <param name="tensors">What was computed, by <see cref="Names"/>; this owns them from now on.</param>
    public OnnxPreparedImage(EncodedImage image, DeviceTensor[] tensors)
    {
        Image = image;
        _tensors = tensors;
    }

    public EncodedImage Image { get; }

    /// <summary>Whether all tensors are freed, as they are once nobody holds the image any more.</summary>
    public bool IsReleased => Array.TrueForAll(_tensors, tensor => tensor.IsClosed);

    /// <summary>Inputs of a graph that are tensors of the image.</summary>
    public IEnumerable<(string Name, IOnnxValue Value)> Inputs(params IEnumerable<string> names) =>
        names.Select(name => (name, (IOnnxValue)_tensors[Array.IndexOf(Names, name)]));

    public void Hold() => Interlocked.Increment(ref _holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Array.ForEach(_tensors, tensor => tensor.Dispose());
        }
    }
}
