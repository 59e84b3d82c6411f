namespace MaskGen.ML.Results;

/// <summary>What says how good a mask is without looking at the truth.</summary>
internal enum MaskScoreKind
{
    /// <summary><see cref="MaskRecord.PredictedIou"/>.</summary>
    PredictedIou,

    /// <summary><see cref="MaskRecord.PromptScore"/>, the score of COCO's results.</summary>
    Score,
}
