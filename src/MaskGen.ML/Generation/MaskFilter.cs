namespace MaskGen.ML.Generation;

/// <summary>The thresholds that apply: the user's, or where there is none the model's.</summary>
/// <remarks>Source: SAM 2 2b90b9f, automatic_mask_generator.py: strictly above for predicted IoU, at least for stability; 0 switches a
/// filter off.</remarks>
internal sealed class MaskFilter(AutomaticMaskGenerationOptions options, RecommendedThresholds recommended)
{
    private readonly float _predictedIou = options.PredictedIouThreshold ?? recommended.PredictedIou;
    private readonly float _stabilityScore = options.StabilityScoreThreshold ?? recommended.StabilityScore;

    public bool PassesIou(float predictedIou) => _predictedIou <= 0 || predictedIou > _predictedIou;

    /// <summary>NaN, the stability of an empty mask, passes only when the filter is off.</summary>
    public bool PassesStability(float stabilityScore) => _stabilityScore <= 0 || stabilityScore >= _stabilityScore;
}
