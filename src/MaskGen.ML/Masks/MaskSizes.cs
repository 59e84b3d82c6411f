namespace MaskGen.ML.Masks;

/// <summary>How large masks may be.</summary>
internal static class MaskSizes
{
    /// <summary>The most pixels of a mask: run lengths are counted in 31 bits, as in COCO.</summary>
    public const int MostPixels = int.MaxValue;

    /// <summary>Throws for a size that no mask can have.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side is negative, or there are more than <see cref="MostPixels"/>
    /// pixels.</exception>
    public static void ThrowIfInvalid(ImageSize size, string parameterName)
    {
        if (size.Width < 0 || size.Height < 0)
        {
            throw new ArgumentOutOfRangeException(parameterName, size, $"Expected sides of 0 or more, found {size}.");
        }

        if (size.PixelCount > MostPixels)
        {
            throw new ArgumentOutOfRangeException(
                parameterName, size, $"Expected an image of at most {MostPixels} pixels, found {size} = {size.PixelCount}.");
        }
    }

    /// <summary>Throws for a size whose pixels one array cannot hold, one element each.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are too many pixels.</exception>
    public static void ThrowIfNotInOneArray(ImageSize size, string parameterName)
    {
        if (size.PixelCount > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(
                parameterName, size, $"Expected at most {Array.MaxLength} pixels to unpack, found {size} = {size.PixelCount}.");
        }
    }
}
