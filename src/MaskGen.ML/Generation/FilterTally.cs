namespace MaskGen.ML.Generation;

/// <summary>How many masks were looked at for an image, and how many each filter has discarded. What is discarded by one filter is not
/// shown to the next.</summary>
internal readonly record struct FilterTally
{
    /// <summary>Masks of all points so far.</summary>
    public int Candidates { get; init; }

    /// <summary>Those with a predicted IoU at or below the threshold.</summary>
    public int BelowPredictedIou { get; init; }

    /// <summary>The highest predicted IoU of all; 0 while there is none.</summary>
    public float HighestPredictedIou { get; init; }

    /// <summary>Those with a stability score below the threshold, of those that the other filter has kept.</summary>
    public int BelowStability { get; init; }

    /// <summary>The highest stability score of those that the filter of predicted IoU has kept; 0 while there is none.</summary>
    public float HighestStability { get; init; }

    public static FilterTally operator +(FilterTally a, FilterTally b) => new()
    {
        Candidates = a.Candidates + b.Candidates,
        BelowPredictedIou = a.BelowPredictedIou + b.BelowPredictedIou,
        HighestPredictedIou = Math.Max(a.HighestPredictedIou, b.HighestPredictedIou),
        BelowStability = a.BelowStability + b.BelowStability,
        HighestStability = Math.Max(a.HighestStability, b.HighestStability),
    };
}
