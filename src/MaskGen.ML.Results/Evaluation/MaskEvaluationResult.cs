namespace MaskGen.ML.Results;

/// <summary>How masks compare with true objects. Ratios are in [0, 1], and NaN where there is no object.</summary>
internal sealed record MaskEvaluationResult
{
    /// <summary>Number of images.</summary>
    public required int ImageCount { get; init; }

    /// <summary>Number of true objects.</summary>
    public required int ObjectCount { get; init; }

    /// <summary>Mean number of masks of an image.</summary>
    public required double MasksPerImage { get; init; }

    /// <summary>Mean over the objects of the best IoU with any mask.</summary>
    public required double MeanBestIou { get; init; }

    /// <summary>Fraction of the objects whose best IoU is 0.5 or more.</summary>
    public required double RecallAt50 { get; init; }

    /// <summary>Fraction of the objects whose best IoU is 0.8 or more.</summary>
    public required double RecallAt80 { get; init; }

    /// <summary>Mean of that fraction over the thresholds 0.5 to 0.95.</summary>
    public required double MeanRecall { get; init; }

    /// <summary>What the masks were put in order by for average precision; null where not every mask has a score of one kind, and average
    /// precision is NaN.</summary>
    public required MaskScoreKind? OrderedBy { get; init; }

    /// <summary>Number of masks of all images.</summary>
    public required long MaskCount { get; init; }

    /// <summary>How many of them have no predicted IoU.</summary>
    public required long WithoutPredictedIou { get; init; }

    /// <summary>How many of them have no score.</summary>
    public required long WithoutScore { get; init; }

    /// <summary>COCO's AP, the mean over the thresholds 0.5 to 0.95.</summary>
    public required double AveragePrecision { get; init; }

    /// <summary>COCO's AP at the threshold 0.5.</summary>
    public required double AveragePrecisionAt50 { get; init; }

    /// <summary>COCO's AP at the threshold 0.75.</summary>
    public required double AveragePrecisionAt75 { get; init; }
}
