using System.Collections;
using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <summary>The masks of one image, in the order in which the generator gives them.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
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
                throw new ArgumentException($"Mask {i} covers {_masks[i].Segmentation.Size} pixels, expected the image's {imageSize}.", nameof(masks));
            }
        }

        ImageSize = imageSize;
    }

    /// <summary>No masks of no image; what a missing image gives.</summary>
    public static MaskSet Empty { get; } = new(default, []);

    /// <summary>Size of the original image.</summary>
    public ImageSize ImageSize { get; }

    /// <inheritdoc/>
    public int Count => _masks.Length;

    /// <inheritdoc/>
    public MaskRecord this[int index] => _masks[index];

    /// <inheritdoc/>
    public IEnumerator<MaskRecord> GetEnumerator() => _masks.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
