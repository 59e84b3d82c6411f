using MaskGen.ML.Inference;
using MaskGen.ML.Masks;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>What the image encoder makes of an image, or of a part of it: computed once, prompted many times.</summary>
/// <remarks>
/// <para>Immutable and safe to share between threads. Where a GPU has encoded the image, the values stay in its memory, and are copied when
/// they are first read or saved; that memory is freed after the last use of the object.</para>
/// <para><b>File format, version 1.</b> A safetensors file with the float32 tensors <c>image_embed</c>, <c>high_res_feats_0</c> and
/// <c>high_res_feats_1</c>, in this order and with the shapes of the properties here. Its <c>__metadata__</c> holds, as strings,
/// <c>format</c> (<c>maskgen.encoded_image</c>), <c>version</c>, <c>image_width</c> and <c>image_height</c>, <c>input_size</c>,
/// <c>model_fingerprint</c> (left out where it is not known) and <c>sha256</c>: the hash, as 64 lower-case hexadecimal digits, of the
/// UTF-8 text <c>version image_width image_height input_size model_fingerprint</c> (one space between, <c>-</c> for an unknown
/// fingerprint, one line feed at the end) followed by all bytes of the tensors. With the official models a file has 16 MiB.</para>
/// </remarks>
public sealed partial class EncodedImage
{
    private const int FingerprintLength = 32;

    private readonly DeviceEmbedding? _device;

    // The tensors in ordinary memory; null as long as nobody has asked for them where an encoder has left them on its device.
    private volatile ReadOnlyMemory<float>[]? _values;

    // Once known to be finite, not searched again.
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
        _values = [imageEmbedding, highResolutionFeatures0, highResolutionFeatures1];
        ModelFingerprint = modelFingerprint;
    }

    /// <summary>An embedding that stays on the device until its values are asked for.</summary>
    /// <param name="imageSize">Size of the image that was encoded.</param>
    /// <param name="inputSize">Side S of the square model input.</param>
    /// <param name="device">Its tensors.</param>
    /// <param name="isFinite">Whether all values are known to be finite.</param>
    /// <param name="modelFingerprint">Which model encoded it; null where it is not known.</param>
    internal EncodedImage(DeviceEmbedding device, bool isFinite, ImageSize imageSize, int inputSize, string? modelFingerprint)
    {
        ImageSize = imageSize;
        InputSize = inputSize;
        _device = device;
        _isFinite = isFinite;
        ModelFingerprint = modelFingerprint;
    }

    /// <summary>Size of the image that was encoded, in its own pixels; prompts are given in this frame.</summary>
    public ImageSize ImageSize { get; }

    /// <summary>Side S of the square model input, in pixels.</summary>
    public int InputSize { get; }

    /// <summary>float32 [1, d, S/16, S/16], row-major; d = 256 and S = 1024 for the official checkpoints.</summary>
    /// <exception cref="InvalidOperationException">The device that holds it failed.</exception>
    public ReadOnlyMemory<float> ImageEmbedding => Values[0];

    /// <summary>float32 [1, d/8, S/4, S/4], row-major.</summary>
    /// <exception cref="InvalidOperationException">The device that holds it failed.</exception>
    public ReadOnlyMemory<float> HighResolutionFeatures0 => Values[1];

    /// <summary>float32 [1, d/4, S/8, S/8], row-major.</summary>
    /// <exception cref="InvalidOperationException">The device that holds it failed.</exception>
    public ReadOnlyMemory<float> HighResolutionFeatures1 => Values[2];

    /// <summary>Which model encoded the image: a hash of its configuration and weights, 32 hexadecimal digits. A decoder of another model
    /// refuses the embedding. Null where it is not known, as for tensors from a data view without that annotation; then only shapes are
    /// compared.</summary>
    public string? ModelFingerprint { get; }

    /// <summary>Number of values of <see cref="ImageEmbedding"/>, without copying them.</summary>
    internal int EmbeddingLength => _values?[0].Length ?? _device!.Layout.Length(0);

    /// <summary>Number of values of all three tensors, likewise.</summary>
    internal long ValueCount => _values?.Sum(values => (long)values.Length)
        ?? Enumerable.Range(0, _device!.Layout.Shapes.Length).Sum(tensor => (long)_device.Layout.Length(tensor));

    /// <summary>Whether the values are in ordinary memory; otherwise they are copied there when they are first asked for.</summary>
    internal bool IsCopied => _values is not null;

    private ReadOnlyMemory<float>[] Values
    {
        get
        {
            if (_values is null)
            {
                lock (_device!)
                {
                    _values ??= _device.Read();
                }
            }

            return _values;
        }
    }

    /// <summary>One line about the image, such as <c>Encoded image of 960x640 pixels, model input 1024</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"Encoded image of {ImageSize} pixels, model input {InputSize}");

    /// <summary>An embedding from stored tensors, such as those of another program that runs the same encoder.</summary>
    /// <param name="imageSize">Size of the image that was encoded, in pixels: the frame of later prompts.</param>
    /// <param name="inputSize">Side S of the square model input, in pixels; a multiple of 32.</param>
    /// <param name="imageEmbedding">float32 [1, d, S/16, S/16], row-major, d a multiple of 8; copied, as are the others.</param>
    /// <param name="highResolutionFeatures0">float32 [1, d/8, S/4, S/4], row-major.</param>
    /// <param name="highResolutionFeatures1">float32 [1, d/4, S/8, S/8], row-major.</param>
    /// <param name="modelFingerprint">What <see cref="ModelFingerprint"/> was when the image was encoded; null where it is not known: then
    /// a decoder compares shapes alone, and all official models have one shape.</param>
    /// <returns>The embedding. Its values are checked where they are first used: a decoder refuses NaN and infinity.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size is out of its range.</exception>
    /// <exception cref="ArgumentException">A tensor has another length than the sizes say, or the fingerprint is none.</exception>
    public static EncodedImage FromTensors(
        ImageSize imageSize,
        int inputSize,
        ReadOnlySpan<float> imageEmbedding,
        ReadOnlySpan<float> highResolutionFeatures0,
        ReadOnlySpan<float> highResolutionFeatures1,
        string? modelFingerprint = null)
    {
        if (SizeProblem(imageSize) is { } imageProblem)
        {
            throw new ArgumentOutOfRangeException(nameof(imageSize), imageSize, imageProblem);
        }

        if (!EncodedImageLayout.IsInputSize(inputSize))
        {
            throw new ArgumentOutOfRangeException(nameof(inputSize), inputSize, EncodedImageLayout.ExpectedInputSize);
        }

        if (modelFingerprint is not null && !IsFingerprint(modelFingerprint))
        {
            throw new ArgumentException(
                $"Expected {FingerprintLength} lower-case hexadecimal digits or null, found '{modelFingerprint}'.",
                nameof(modelFingerprint));
        }

        var layout = EncodedImageLayout.Of(inputSize, imageEmbedding.Length)
            ?? throw new ArgumentException(
                $"Expected the values of [1, d, {inputSize / 16}, {inputSize / 16}] with d a multiple of 8, found {imageEmbedding.Length}.",
                nameof(imageEmbedding));
        CheckLength(highResolutionFeatures0, layout.Shapes[1], nameof(highResolutionFeatures0));
        CheckLength(highResolutionFeatures1, layout.Shapes[2], nameof(highResolutionFeatures1));
        return new EncodedImage(
            imageSize,
            inputSize,
            imageEmbedding.ToArray(),
            highResolutionFeatures0.ToArray(),
            highResolutionFeatures1.ToArray(),
            modelFingerprint);
    }

    /// <summary>An embedding of zeros, for a model.</summary>
    internal static EncodedImage Empty(Sam2ModelConfig config)
    {
        var layout = new EncodedImageLayout(config.ImageSize, config.HiddenSize);
        return new EncodedImage(
            new ImageSize(config.ImageSize, config.ImageSize),
            config.ImageSize,
            new float[layout.Length(0)],
            new float[layout.Length(1)],
            new float[layout.Length(2)]);
    }

    /// <summary>The tensors as they lie in the memory of a device; null where they do not.</summary>
    internal DeviceEmbedding? On(Sam2Device device) => _device?.Device == device ? _device : null;

    internal static bool IsFingerprint(string text) => text.Length == FingerprintLength && text.All(char.IsAsciiHexDigitLower);

    /// <summary>What is wrong with the size of an image, or null.</summary>
    internal static string? SizeProblem(ImageSize size) =>
        size is { Width: > 0, Height: > 0 } && size.PixelCount <= MaskSizes.MostPixels
            ? null
            : $"Expected an image of 1 to {MaskSizes.MostPixels} pixels, found {size}.";

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

    private static void CheckLength(ReadOnlySpan<float> values, int[] shape, string name)
    {
        var expected = shape.Aggregate(1, (product, side) => product * side);
        if (values.Length != expected)
        {
            throw new ArgumentException($"Expected the {expected} values of [{string.Join(", ", shape)}], found {values.Length}.", name);
        }
    }

    private static string? FindNotFinite(ReadOnlySpan<float> values, string name)
    {
        var index = FiniteValues.IndexOfOther(values);
        return index < 0 ? null : FormattableString.Invariant($"{values[index]} at index {index} of the {name}");
    }
}
