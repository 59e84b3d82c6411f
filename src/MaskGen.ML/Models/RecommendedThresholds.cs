namespace MaskGen.ML;

/// <summary>Filter thresholds that suit a model; they apply where the options set none.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record RecommendedThresholds
{
    /// <summary>Discards masks with predicted IoU at or below this value, 0 to 1; 0 for off.</summary>
    public required float PredictedIou { get; init; }

    /// <summary>Discards masks with a stability score below this value, 0 to 1; 0 for off.</summary>
    public required float StabilityScore { get; init; }

    /// <summary>The thresholds of the Hugging Face mask-generation pipeline, 0.88 and 0.95; for the official checkpoints.</summary>
    public static RecommendedThresholds Official { get; } = new() { PredictedIou = 0.88f, StabilityScore = 0.95f };
}
