using MaskGen.ML.Imaging;

namespace MaskGen.ML.Web;

/// <summary>Reads the size and the format of an image from its header: before memory is taken for any pixels.</summary>
internal static class ImageSizeReader
{
    // The orientations of EXIF in which the image lies on its side.
    private const int FirstTurned = 5;

    /// <param name="stream">The file from its beginning; can seek.</param>
    /// <param name="source">Name of the image, for messages.</param>
    /// <param name="limits">Which images are read.</param>
    /// <returns>Size of the upright image, and its format.</returns>
    /// <exception cref="InvalidDataException">It is no image, or too large.</exception>
    public static (ImageSize Size, ImageFormat Format) Read(Stream stream, string source, ImageLoadOptions limits)
    {
        using var input = ImageInput.Open(stream, source, limits.MaximumBytes, CancellationToken.None);
        if (input.Format == ImageFormat.Tiff)
        {
            // Its pages say their sizes; the first is decoded, within the same limits.
            stream.Position = 0;
            return (RgbImage.Load(stream, limits).Size, input.Format);
        }

        var header = ImageHeader.Read(input);
        input.ThrowIfStopped();
        if (header.Unsupported is { } unsupported)
        {
            throw new InvalidDataException($"{source}: expected an image ({ImageFormats.Names}), found {unsupported}.");
        }

        if (header.Size is not { } size)
        {
            throw new InvalidDataException($"{source}: expected an image with its size in its header, found none.");
        }

        limits.ThrowIfTooLarge(size, source);
        return (header.Orientation >= FirstTurned ? new ImageSize(size.Height, size.Width) : size, input.Format);
    }
}
