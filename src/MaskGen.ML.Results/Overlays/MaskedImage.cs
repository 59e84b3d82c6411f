using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Masks together with their image, to look at: the last line of a notebook cell shows the overlay, as <see cref="MaskOverlay"/>
/// draws it, and the figures.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
[TypeFormatterSource(TypeFormatterSourceAttribute.Results)]
public sealed class MaskedImage
{
    /// <summary>Puts masks over an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="masks">Masks of that image.</param>
    /// <param name="options">What to draw beside the masks; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> or <paramref name="masks"/> is null.</exception>
    /// <exception cref="ArgumentException">The masks are those of an image of another size, or an option is invalid.</exception>
    public MaskedImage(RgbImage image, MaskSet masks, MaskOverlayOptions? options = null)
    {
        ImageMasks.ThrowUnlessOf(image, masks);
        options ??= new MaskOverlayOptions();
        options.Validate();
        Image = image;
        Masks = masks;
        Options = options;
    }

    /// <summary>The image.</summary>
    public RgbImage Image { get; }

    /// <summary>Its masks.</summary>
    public MaskSet Masks { get; }

    /// <summary>What is drawn beside the masks.</summary>
    public MaskOverlayOptions Options { get; }

    /// <summary>One line about the masks, such as <c>29 masks of 960x640 pixels</c>.</summary>
    public override string ToString() => Masks.ToString();
}
