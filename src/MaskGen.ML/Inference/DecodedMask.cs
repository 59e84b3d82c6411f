namespace MaskGen.ML;

/// <summary>One mask of one prompt, before it is brought to the size of the image.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class DecodedMask
{
    /// <summary>float32 [S/4, S/4], row-major, not thresholded and not clamped: above 0 on the object.</summary>
    public required ReadOnlyMemory<float> LowResolutionMaskLogits { get; init; }

    /// <summary>The model's own estimate of the mask's IoU with the object.</summary>
    public required float PredictedIou { get; init; }

    /// <summary>Index of the output: 0 the single mask, 1 to 3 the multimask ones.</summary>
    public required int MaskToken { get; init; }
}
