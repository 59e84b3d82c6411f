using System.Text.Json.Serialization;
using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <summary>One mask with everything that is known of it; the fields and their meaning are those of SAM 2's mask generator.</summary>
/// <remarks>Two records are equal if all of their values are, the pixels and the points one by one included. Serialises with
/// System.Text.Json, see <see cref="MaskRecordJsonConverter"/>. Immutable and safe to share between threads.</remarks>
[JsonConverter(typeof(MaskRecordJsonConverter))]
[TypeFormatterSource(TypeFormatterSourceAttribute.Results)]
public sealed record MaskRecord
{
    /// <summary>The mask in pixels of the original image.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public required RunLengthEncoding Segmentation
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }

    /// <summary>Number of set pixels.</summary>
    public long Area => Segmentation.Area;

    /// <summary>Extent of the set pixels in the original image, as SAM 2 writes it: left, upper, and last minus first pixel index.
    /// All zeros for an empty mask.</summary>
    public required BoxXywh BoundingBox { get; init; }

    /// <summary>The model's own estimate of the mask's IoU with the object, in [0, 1]. Not a measured value; NaN if unknown.</summary>
    public required float PredictedIou { get; init; }

    /// <summary>Ratio of the mask's area at a stricter to that at a more lenient threshold, in [0, 1]; NaN when both are empty, or if
    /// unknown.</summary>
    public required float StabilityScore { get; init; }

    /// <summary>The prompt points, in pixels of the original image; for a mask of the point grid exactly one. Copied.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IReadOnlyList<PointPrompt> Points
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = [.. value];
        }
    }
    = [];

    /// <summary>The box prompt, in pixels of the original image, or null when the prompt had none.</summary>
    public BoxXyxy? Box { get; init; }

    /// <summary>The part of the original image that was encoded to find this mask; right and lower edge excluded.</summary>
    public required BoxXywh CropBox { get; init; }

    /// <summary>The model's logit that there is an object at the prompt at all, above 0 for yes.</summary>
    public float ObjectScoreLogit { get; init; }

    /// <summary>What the object is, such as <c>cat</c>: from <see cref="Sam2Prompt.Label"/>, or from whoever looked at the mask. Null if
    /// nobody has said; SAM 2 itself knows no names.</summary>
    /// <exception cref="ArgumentException">The value is empty.</exception>
    public string? Label
    {
        get;
        init => field = LabelText.Valid(value);
    }

    /// <summary>How sure whoever made the prompt was of the object, such as the score of a detector's box; null if unknown. Its range is
    /// the detector's own, mostly [0, 1].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is NaN or infinite.</exception>
    public double? PromptScore
    {
        get;
        init => field = LabelText.Valid(value);
    }

    /// <summary>Where the mask comes from, if it was read from a COCO data set; null otherwise. Not compared, and not serialised.</summary>
    internal SourceAnnotation? Source { get; init; }

    /// <summary>A record of a mask of which nothing else is known, such as one drawn by hand or joined from others.</summary>
    /// <param name="segmentation">The mask in pixels of the original image.</param>
    /// <returns>A record with the box of the mask, the whole image as its crop, NaN for both scores, and no prompt; set what is known by
    /// <c>with</c>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="segmentation"/> is null.</exception>
    public static MaskRecord From(RunLengthEncoding segmentation)
    {
        ArgumentNullException.ThrowIfNull(segmentation);
        return new MaskRecord
        {
            Segmentation = segmentation,
            BoundingBox = segmentation.BoundingBox,
            PredictedIou = float.NaN,
            StabilityScore = float.NaN,
            CropBox = new BoxXywh(0, 0, segmentation.Size.Width, segmentation.Size.Height),
        };
    }

    /// <summary>Compares all values; NaN equals NaN.</summary>
    public bool Equals(MaskRecord? other) =>
        ReferenceEquals(this, other)
        || (other is not null
            && (BoundingBox, PredictedIou, StabilityScore, Box, CropBox, ObjectScoreLogit).Equals(
                (other.BoundingBox, other.PredictedIou, other.StabilityScore, other.Box, other.CropBox, other.ObjectScoreLogit))
            && (Label, PromptScore) == (other.Label, other.PromptScore)
            && Points.SequenceEqual(other.Points)
            && Segmentation.Equals(other.Segmentation));

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(Segmentation, BoundingBox, PredictedIou, StabilityScore, Points.Count, CropBox, Label);

    /// <summary>One line about the mask, such as <c>Mask of 4200 pixels in 960x640, predicted IoU 0.912, stability 0.981</c>.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"Mask of {Pixels(Area)} in {Segmentation.Size}, predicted IoU {PredictedIou:F3}, stability {StabilityScore:F3}");

    internal static string Pixels(long count) => FormattableString.Invariant($"{count} {(count == 1 ? "pixel" : "pixels")}");
}
