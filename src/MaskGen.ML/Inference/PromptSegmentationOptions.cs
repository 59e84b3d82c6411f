namespace MaskGen.ML;

/// <summary>How <see cref="Sam2PromptDecoder.Segment"/> makes masks from logits.</summary>
/// <remarks>Immutable and safe to share between threads; change a copy with <c>with</c>.</remarks>
public sealed record PromptSegmentationOptions
{
    /// <summary>A pixel belongs to the mask where its logit is above this. Default 0, as in SAM 2.</summary>
    public float MaskThreshold { get; init; }

    /// <summary>Half width, in logits, of the band that the stability score is measured over; above 0. Default 1, as in SAM 2.</summary>
    public float StabilityScoreOffset { get; init; } = 1;

    internal static PromptSegmentationOptions Default { get; } = new();

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the message names it.</exception>
    public void Validate() => Validate(MaskThreshold, StabilityScoreOffset);

    /// <summary>Checks the thresholds of any options that have them; the names are the same everywhere.</summary>
    internal static void Validate(float maskThreshold, float stabilityScoreOffset)
    {
        if (!(stabilityScoreOffset > 0 && float.IsFinite(stabilityScoreOffset)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(StabilityScoreOffset), stabilityScoreOffset, "Expected a finite number of logits above 0.");
        }

        if (!float.IsFinite(maskThreshold + stabilityScoreOffset) || !float.IsFinite(maskThreshold - stabilityScoreOffset))
        {
            throw new ArgumentOutOfRangeException(nameof(MaskThreshold), maskThreshold, "Expected a finite number of logits.");
        }
    }
}
