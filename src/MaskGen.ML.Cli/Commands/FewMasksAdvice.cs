using System.Globalization;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Generation;

namespace MaskGen.ML.Cli.Commands;

/// <summary>Says why segmenting everything has found little, and what to do about it.</summary>
internal static class FewMasksAdvice
{
    // Fewer than this in a whole image is next to nothing.
    private const int FewMasks = 3;

    /// <summary>A line about an image; null where enough was found.</summary>
    /// <param name="image">Its name.</param>
    /// <param name="found">How many masks were found.</param>
    /// <param name="options">What they were found with.</param>
    /// <param name="filtered">What the filters have discarded.</param>
    public static string? For(string image, int found, AutomaticMaskGenerationOptions options, FilterTally filtered)
    {
        if (found >= FewMasks)
        {
            return null;
        }

        var model = options.Model ?? Sam2Model.Nano;
        var own = model.RecommendedThresholds;
        var thresholds = new RecommendedThresholds
        {
            PredictedIou = options.PredictedIouThreshold ?? own.PredictedIou,
            StabilityScore = options.StabilityScoreThreshold ?? own.StabilityScore,
        };
        var isStricter = thresholds.PredictedIou > own.PredictedIou || thresholds.StabilityScore > own.StabilityScore;
        var advice = ModelOptions.IsEmbedded(model) && !isStricter
            ? "The embedded model is a demonstration; photos need a larger one, such as --model tiny."
            : Lower(thresholds, filtered) + (isStricter
                ? FormattableString.Invariant($" The thresholds of {model.Name} itself are {own.PredictedIou} and {own.StabilityScore}.")
                : string.Empty);
        return $"{image}: {(found == 0 ? "no masks" : Counted.Of(found, "mask"))}. {Discarded(thresholds, filtered)}{advice}";
    }

    // Which filter has taken how many, in the order in which they look at masks.
    private static string Discarded(RecommendedThresholds thresholds, FilterTally filtered)
    {
        List<string> reasons =
        [
            .. Reason(
                filtered.BelowPredictedIou, "predicted IoU", "not above", thresholds.PredictedIou, filtered.HighestPredictedIou),
            .. Reason(filtered.BelowStability, "stability score", "below", thresholds.StabilityScore, filtered.HighestStability),
        ];
        return reasons.Count == 0 ? string.Empty
            : $"Of {Counted.Of(filtered.Candidates, "candidate")} {string.Join(", and ", reasons)}. ";
    }

    private static string[] Reason(int count, string score, string relation, float threshold, float highest) => count == 0
        ? []
        : [string.Create(
            CultureInfo.InvariantCulture,
            $"{count} had a {score} {relation} {threshold} (the highest was {highest:0.###})")];

    // The filter that has taken most of what it was shown.
    private static string Lower(RecommendedThresholds thresholds, FilterTally filtered)
    {
        var shown = filtered.Candidates - filtered.BelowPredictedIou;
        return (filtered.BelowPredictedIou, filtered.BelowStability) switch
        {
            (0, 0) => "Raise --points-per-side for a finer grid.",
            (_, 0) => $"Lower {GenerationOptions.PredictedIou} to keep more.",
            (0, _) => $"Lower {GenerationOptions.Stability} to keep more.",
            _ when filtered.BelowStability == shown =>
                $"Lower {GenerationOptions.Stability}, then {GenerationOptions.PredictedIou}, to keep more.",
            _ => $"Lower {GenerationOptions.PredictedIou} or {GenerationOptions.Stability} to keep more.",
        };
    }
}
