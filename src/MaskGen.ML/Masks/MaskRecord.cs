using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <summary>One mask with everything that is known of it; the fields and their meaning are those of SAM 2's mask generator.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
[TypeFormatterSource(TypeFormatterSourceAttribute.Results)]
public sealed record MaskRecord
{
    /// <summary>The mask in pixels of the original image.</summary>
    public required RunLengthEncoding Segmentation { get; init; }

    /// <summary>Number of set pixels.</summary>
    public long Area => Segmentation.Area;

    /// <summary>Extent of the set pixels in the original image, as SAM 2 writes it: left, upper, and last minus first pixel index.
    /// All zeros for an empty mask.</summary>
    public required BoxXywh BoundingBox { get; init; }

    /// <summary>The model's own estimate of the mask's IoU with the object, in [0, 1]. Not a measured value.</summary>
    public required float PredictedIou { get; init; }

    /// <summary>Ratio of the strict to the lenient cut of the mask, in [0, 1]; NaN when both cuts are empty.</summary>
    public required float StabilityScore { get; init; }

    /// <summary>The prompt points, in pixels of the original image; for a mask of the point grid exactly one.</summary>
    public IReadOnlyList<PointPrompt> Points { get; init; } = [];

    /// <summary>The box prompt, in pixels of the original image, or null when the prompt had none.</summary>
    public BoxXyxy? Box { get; init; }

    /// <summary>The part of the original image that was encoded to find this mask; right and lower edge excluded.</summary>
    public required BoxXywh CropBox { get; init; }

    /// <summary>The model's logit that there is an object at the prompt at all, above 0 for yes.</summary>
    public float ObjectScoreLogit { get; init; }
}
