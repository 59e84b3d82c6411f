using System.Collections;
using System.Text.Json.Serialization;
using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <summary>The masks of one image, in the order in which the generator gives them.</summary>
/// <remarks>Serialises with System.Text.Json, see <see cref="MaskSetJsonConverter"/>. Immutable and safe to share between
/// threads.</remarks>
[JsonConverter(typeof(MaskSetJsonConverter))]
[TypeFormatterSource(TypeFormatterSourceAttribute.Results)]
public sealed class MaskSet : IReadOnlyList<MaskRecord>
{
    private readonly MaskRecord[] _masks;

    /// <summary>Gathers the masks of one image.</summary>
    /// <param name="imageSize">Size of the original image.</param>
    /// <param name="masks">The masks, each of that size. Copied.</param>
    /// <exception cref="ArgumentNullException"><paramref name="masks"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side of <paramref name="imageSize"/> is negative, or it has more than 2^31 - 1
    /// pixels.</exception>
    /// <exception cref="ArgumentException">A mask is null, or has another size than the image.</exception>
    public MaskSet(ImageSize imageSize, IReadOnlyList<MaskRecord> masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        MaskSizes.ThrowIfInvalid(imageSize, nameof(imageSize));
        _masks = [.. masks];
        for (var i = 0; i < _masks.Length; i++)
        {
            if (_masks[i] is null)
            {
                throw new ArgumentException($"Mask {i} is null.", nameof(masks));
            }

            if (_masks[i].Segmentation.Size != imageSize)
            {
                throw new ArgumentException(
                    $"Mask {i}: expected the image's size {imageSize}, found {_masks[i].Segmentation.Size}.", nameof(masks));
            }
        }

        ImageSize = imageSize;
    }

    /// <summary>No masks of no image: the result for a missing image.</summary>
    public static MaskSet Empty { get; } = new(default, []);

    /// <summary>Size of the original image.</summary>
    public ImageSize ImageSize { get; }

    /// <inheritdoc/>
    public int Count => _masks.Length;

    /// <summary>The mask with the highest predicted IoU; of several with the same the first. A NaN is below every number. Null for a set
    /// without masks.</summary>
    public MaskRecord? Best
    {
        get
        {
            MaskRecord? best = null;
            foreach (var mask in _masks)
            {
                // CompareTo, unlike the operators, orders NaN: below everything.
                if (best is null || mask.PredictedIou.CompareTo(best.PredictedIou) > 0)
                {
                    best = mask;
                }
            }

            return best;
        }
    }

    /// <inheritdoc/>
    public MaskRecord this[int index] => _masks[index];

    /// <summary>Masks from COCO's compressed run lengths, as the columns <c>{name}.CocoRle</c> and <c>{name}.ImageSize</c> of a data view
    /// hold them.</summary>
    /// <param name="imageSize">Size of the original image.</param>
    /// <param name="counts">One string per mask, see <see cref="CocoRle"/>.</param>
    /// <param name="predictedIous">Predicted IoU of each mask; null if unknown (NaN).</param>
    /// <param name="stabilityScores">Stability score of each mask; null if unknown (NaN).</param>
    /// <returns>The masks in that order; what else belongs to a record is as <see cref="MaskRecord.From"/> has it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="counts"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side of <paramref name="imageSize"/> is negative, or it has more than 2^31 - 1
    /// pixels.</exception>
    /// <exception cref="ArgumentException">A string is null, or there are not as many scores as masks.</exception>
    /// <exception cref="FormatException">A string is not in COCO's form, or its runs do not add up to the image's pixels; the message names
    /// the mask.</exception>
    public static MaskSet FromCocoRle(
        ImageSize imageSize,
        IReadOnlyList<string> counts,
        IReadOnlyList<float>? predictedIous = null,
        IReadOnlyList<float>? stabilityScores = null)
    {
        ArgumentNullException.ThrowIfNull(counts);
        MaskSizes.ThrowIfInvalid(imageSize, nameof(imageSize));
        ThrowUnlessPerMask(predictedIous, counts.Count, nameof(predictedIous));
        ThrowUnlessPerMask(stabilityScores, counts.Count, nameof(stabilityScores));
        var masks = new MaskRecord[counts.Count];
        for (var i = 0; i < masks.Length; i++)
        {
            masks[i] = MaskRecord.From(Decode(imageSize, counts[i], i)) with
            {
                PredictedIou = predictedIous?[i] ?? float.NaN,
                StabilityScore = stabilityScores?[i] ?? float.NaN,
            };
        }

        return new MaskSet(imageSize, masks);
    }

    /// <inheritdoc/>
    public IEnumerator<MaskRecord> GetEnumerator() => _masks.AsEnumerable().GetEnumerator();

    /// <summary>One line about the set, such as <c>29 masks of 960x640 pixels</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Count} {(Count == 1 ? "mask" : "masks")} of {ImageSize} pixels");

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static RunLengthEncoding Decode(ImageSize imageSize, string? counts, int index)
    {
        if (counts is null)
        {
            throw new ArgumentException($"Mask {index}: expected run lengths, found null.", nameof(counts));
        }

        try
        {
            return CocoRle.Decode(imageSize, counts);
        }
        catch (FormatException e)
        {
            throw new FormatException($"Mask {index}: {e.Message}", e);
        }
    }

    private static void ThrowUnlessPerMask(IReadOnlyList<float>? scores, int count, string parameterName)
    {
        if (scores is not null && scores.Count != count)
        {
            throw new ArgumentException($"Expected {count} scores, one per mask, found {scores.Count}.", parameterName);
        }
    }
}
