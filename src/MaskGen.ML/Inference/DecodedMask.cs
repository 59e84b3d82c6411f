namespace MaskGen.ML;

/// <summary>One mask of one prompt, before it is brought to the size of the image.</summary>
/// <param name="LowResolutionMaskLogits">float32 [S/4, S/4], row-major, not thresholded and not clamped: above 0 for the object.</param>
/// <param name="PredictedIou">The model's own estimate of the mask's IoU with the object.</param>
/// <param name="MaskToken">Index of the output: 0 the single mask, 1 to 3 the multimask ones.</param>
public sealed record DecodedMask(ReadOnlyMemory<float> LowResolutionMaskLogits, float PredictedIou, int MaskToken);
