namespace MaskGen.ML.Masks;

/// <summary>Where mask logits are cut, in logits.</summary>
/// <param name="Threshold">The mask is where the logit is above this; SAM 2 uses 0.</param>
/// <param name="StabilityOffset">Half width of the band between the strict and the lenient cut, above 0.</param>
internal readonly record struct MaskCut(float Threshold, float StabilityOffset)
{
    public float Strict => Threshold + StabilityOffset;

    public float Lenient => Threshold - StabilityOffset;
}

/// <summary>A mask at the size of its crop, with its stability.</summary>
/// <param name="StabilityScore">Pixels of the strict cut over those of the lenient cut; NaN when both are empty, so that a positive
/// threshold rejects the mask. Source: SAM 2 2b90b9f, sam2/utils/amg.py calculate_stability_score.</param>
/// <param name="Mask">The mask, in pixels of the crop.</param>
internal readonly record struct MeasuredMask(float StabilityScore, RunLengthEncoding Mask);
