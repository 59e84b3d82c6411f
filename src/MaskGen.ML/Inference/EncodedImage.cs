using MaskGen.ML.Inference;

namespace MaskGen.ML;

/// <summary>What the image encoder makes of an image, or of a part of it: computed once, prompted many times.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class EncodedImage
{
    // Once known to be finite, not looked through again.
    private volatile bool _isFinite;

    internal EncodedImage(
        ImageSize imageSize,
        int inputSize,
        ReadOnlyMemory<float> imageEmbedding,
        ReadOnlyMemory<float> highResolutionFeatures0,
        ReadOnlyMemory<float> highResolutionFeatures1,
        string? modelFingerprint = null)
    {
        ImageSize = imageSize;
        InputSize = inputSize;
        ImageEmbedding = imageEmbedding;
        HighResolutionFeatures0 = highResolutionFeatures0;
        HighResolutionFeatures1 = highResolutionFeatures1;
        ModelFingerprint = modelFingerprint;
    }

    /// <summary>Size of the image that was encoded, in its own pixels; prompts are given in this frame.</summary>
    public ImageSize ImageSize { get; }

    /// <summary>Side S of the square model input, in pixels.</summary>
    public int InputSize { get; }

    /// <summary>float32 [1, d, S/16, S/16], row-major; d = 256 and S = 1024 for the official checkpoints.</summary>
    public ReadOnlyMemory<float> ImageEmbedding { get; }

    /// <summary>float32 [1, d/8, S/4, S/4], row-major.</summary>
    public ReadOnlyMemory<float> HighResolutionFeatures0 { get; }

    /// <summary>float32 [1, d/4, S/8, S/8], row-major.</summary>
    public ReadOnlyMemory<float> HighResolutionFeatures1 { get; }

    /// <summary>Which model encoded the image: a hash of its configuration and weights, 32 hexadecimal digits. A decoder of another model
    /// refuses the embedding. Null where it is not known, as for tensors from a data view without that annotation; then only shapes are
    /// compared.</summary>
    public string? ModelFingerprint { get; }

    /// <summary>One line about the image, such as <c>Encoded image of 960x640 pixels, model input 1024</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"Encoded image of {ImageSize} pixels, model input {InputSize}");

    /// <summary>Where there is a NaN or an infinity, in words; null when every value is finite.</summary>
    internal string? FindNotFinite()
    {
        if (_isFinite)
        {
            return null;
        }

        var problem = FindNotFinite(ImageEmbedding.Span, "image embedding")
            ?? FindNotFinite(HighResolutionFeatures0.Span, "high-resolution features of level 0")
            ?? FindNotFinite(HighResolutionFeatures1.Span, "high-resolution features of level 1");
        _isFinite = problem is null;
        return problem;
    }

    /// <exception cref="ArgumentException">A value is NaN or infinite.</exception>
    internal void ThrowIfNotFinite()
    {
        if (FindNotFinite() is { } problem)
        {
            throw new ArgumentException($"Expected an encoded image of finite values, found {problem}.", "image");
        }
    }

    private static string? FindNotFinite(ReadOnlySpan<float> values, string name)
    {
        var index = FiniteValues.IndexOfOther(values);
        return index < 0 ? null : FormattableString.Invariant($"{values[index]} at index {index} of the {name}");
    }
}
