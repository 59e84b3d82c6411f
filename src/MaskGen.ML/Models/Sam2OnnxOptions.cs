namespace MaskGen.ML;

/// <summary>What an ONNX export of SAM 2 does not say of itself: which of its precisions is meant, where its decoder is, and how its
/// encoder wants its pixels.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record Sam2OnnxOptions
{
    /// <summary>Which of several precisions to use, as transformers.js names them by the ends of file names. Null for float32, or for the
    /// only one in a folder. Where a file is named, its name must say the same.</summary>
    public Sam2OnnxPrecision? Precision { get; init; }

    /// <summary>The decoder's file; null to look for it beside the encoder, under the encoder's name with <c>decoder</c> in the place of
    /// <c>encoder</c>. A second one beside it, such as <c>_decoder_multi.onnx</c>, is found and used too.</summary>
    public string? DecoderPath { get; init; }

    /// <summary>The values of pixels that the encoder takes.</summary>
    public Sam2OnnxPixels Pixels { get; init; } = Sam2OnnxPixels.Normalized;

    /// <summary>Whether the image keeps its aspect ratio: scaled so that its longer side is S, zeros to the right of it or below.
    /// Otherwise it is squashed to S x S, as SAM 2 does.</summary>
    public bool KeepAspectRatio { get; init; }

    /// <summary>Whether <see cref="MaskOutput.Single"/> gives the mask with the highest predicted IoU of three where an export has no
    /// single mask (transformers.js has none); otherwise that is an error. SAM 2's own single mask is another: it comes from an output of
    /// its own, and from the best of three only where that is unstable.</summary>
    public bool BestAsSingle { get; init; }

    /// <summary>Whether pixels are prepared in another way than for a checkpoint.</summary>
    internal bool HasOwnPixels => Pixels != Sam2OnnxPixels.Normalized || KeepAspectRatio;

    /// <summary>Makes sure that nothing is asked for that only a model in ONNX has.</summary>
    /// <param name="found">What the model turned out to be, as the object of a sentence.</param>
    /// <exception cref="ArgumentException">Something is.</exception>
    internal void ThrowIfOwnPixelsOf(string found)
    {
        if (HasOwnPixels)
        {
            throw new ArgumentException(
                $"Expected a model in ONNX beside {nameof(Pixels)} (--onnx-pixels) or {nameof(KeepAspectRatio)} (--onnx-keep-aspect), "
                + $"found {found}.",
                Pixels != Sam2OnnxPixels.Normalized ? nameof(Pixels) : nameof(KeepAspectRatio));
        }
    }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is none of those that it may be; the message names it.</exception>
    public void Validate()
    {
        if (Precision is { } precision && !Enum.IsDefined(precision))
        {
            throw new ArgumentOutOfRangeException(
                nameof(Precision), precision, $"Expected one of {string.Join(", ", Enum.GetNames<Sam2OnnxPrecision>())}, or null.");
        }

        if (!Enum.IsDefined(Pixels))
        {
            throw new ArgumentOutOfRangeException(
                nameof(Pixels), Pixels, $"Expected one of {string.Join(", ", Enum.GetNames<Sam2OnnxPixels>())}.");
        }
    }
}
