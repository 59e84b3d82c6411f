namespace MaskGen.ML.Results;

/// <summary>Checks of an image and its masks.</summary>
internal static class ImageMasks
{
    /// <summary>Throws unless masks may be those of an image.</summary>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">There are masks, and their image has another size.</exception>
    public static void ThrowUnlessOf(RgbImage image, MaskSet masks)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(masks);
        if (masks.Count > 0 && masks.ImageSize != image.Size)
        {
            throw new ArgumentException($"Expected masks of a {image.Size} image, found masks of {masks.ImageSize}.", nameof(masks));
        }
    }
}
