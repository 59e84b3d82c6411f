namespace MaskGen.ML;

/// <summary>Filter thresholds that suit a model; they apply where the options set none.</summary>
/// <param name="PredictedIou">Masks whose predicted IoU is not above this are dropped.</param>
/// <param name="StabilityScore">Masks whose stability score is below this are dropped.</param>
public sealed record RecommendedThresholds(float PredictedIou, float StabilityScore)
{
    /// <summary>The thresholds of the Hugging Face mask-generation pipeline, 0.88 and 0.95; for the official checkpoints.</summary>
    public static RecommendedThresholds Official { get; } = new(0.88f, 0.95f);
}
