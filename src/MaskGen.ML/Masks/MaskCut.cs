namespace MaskGen.ML.Masks;

/// <summary>The threshold of mask logits, and the stricter and the more lenient one that stability is measured with.</summary>
/// <param name="Threshold">The mask is where the logit is above this; SAM 2 uses 0.</param>
/// <param name="StabilityOffset">Distance of the strict and the lenient threshold from it, above 0.</param>
internal readonly record struct MaskCut(float Threshold, float StabilityOffset)
{
    public float Strict => Threshold + StabilityOffset;

    public float Lenient => Threshold - StabilityOffset;
}

/// <summary>A mask at the size of its crop, with its stability.</summary>
/// <param name="StabilityScore">Area at the strict threshold over that at the lenient one; NaN when both are empty, so that a positive
/// threshold rejects the mask. Source: SAM 2 2b90b9f, sam2/utils/amg.py calculate_stability_score.</param>
/// <param name="Mask">The mask, in pixels of the crop.</param>
internal readonly record struct MeasuredMask(float StabilityScore, RunLengthEncoding Mask);
