using MaskGen.ML.Masks;

namespace MaskGen.ML.Generation;

/// <summary>A mask that has passed the filters, before it is compared with others.</summary>
internal sealed class MaskCandidate
{
    /// <summary>The crop it was found in.</summary>
    public required ImageCrop Crop { get; init; }

    /// <summary>Index of its point in the crop's grid.</summary>
    public required int Point { get; init; }

    /// <summary>Which of the point's masks it is.</summary>
    public required int Output { get; init; }

    public required float PredictedIou { get; init; }

    public required float ObjectScoreLogit { get; init; }

    public required float StabilityScore { get; set; }

    /// <summary>Extent of the mask in the image; right and lower edge included.</summary>
    public required BoxXyxy BoxInImage { get; set; }

    /// <summary>The mask in pixels of the crop. Null once it was released because a better one overlaps it; see
    /// <see cref="CandidatePool"/>.</summary>
    public RunLengthEncoding? MaskInCrop { get; set; }
}
