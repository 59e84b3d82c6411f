using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Masks together with their image, to look at: the last line of a notebook cell shows the overlay and the figures.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
[TypeFormatterSource(TypeFormatterSourceAttribute.Results)]
public sealed class MaskedImage
{
    /// <summary>Puts masks over an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="masks">Masks of that image.</param>
    /// <param name="withPrompts">Whether to draw the points and boxes that the masks were asked for with.</param>
    /// <param name="withNumbers">Whether to write each mask's number, its place in the set from 1, over it.</param>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> or <paramref name="masks"/> is null.</exception>
    /// <exception cref="ArgumentException">The masks are those of an image of another size.</exception>
    public MaskedImage(RgbImage image, MaskSet masks, bool withPrompts = false, bool withNumbers = false)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(masks);
        if (masks.Count > 0 && masks.ImageSize != image.Size)
        {
            throw new ArgumentException($"Expected masks of a {image.Size} image, found masks of {masks.ImageSize}.", nameof(masks));
        }

        Image = image;
        Masks = masks;
        WithPrompts = withPrompts;
        WithNumbers = withNumbers;
    }

    /// <summary>The image.</summary>
    public RgbImage Image { get; }

    /// <summary>Its masks.</summary>
    public MaskSet Masks { get; }

    /// <summary>Whether points and boxes of the prompts are drawn.</summary>
    public bool WithPrompts { get; }

    /// <summary>Whether each mask's number is written over it.</summary>
    public bool WithNumbers { get; }
}
