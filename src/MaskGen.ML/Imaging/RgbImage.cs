using System.Text.Json.Serialization;

namespace MaskGen.ML;

/// <summary>An 8-bit RGB image in memory, upright, without alpha: what SAM 2 looks at.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed partial class RgbImage
{
    private readonly byte[] _pixels;

    internal RgbImage(ImageSize size, byte[] pixels)
    {
        Size = size;
        _pixels = pixels;
    }

    /// <summary>Width and height in pixels.</summary>
    public ImageSize Size { get; }

    /// <summary>Interleaved R, G, B; row-major; <c>3 * Width * Height</c> bytes. Not serialised.</summary>
    [JsonIgnore] // A span would make System.Text.Json refuse every type that an image is a part of.
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>Copies pixels.</summary>
    /// <param name="size">Width and height, each at least 1, and at most 715,827,863 pixels together.</param>
    /// <param name="pixels">Interleaved R, G, B; row-major; <c>3 * Width * Height</c> bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side of <paramref name="size"/> is below 1, or it has too many pixels.</exception>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> has another length.</exception>
    public static RgbImage FromPixels(ImageSize size, ReadOnlySpan<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Width, 1, nameof(size));
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Height, 1, nameof(size));
        if (size.PixelCount > Array.MaxLength / 3)
        {
            throw new ArgumentOutOfRangeException(
                nameof(size), size, $"Expected at most {Array.MaxLength / 3} pixels, found {size.PixelCount}.");
        }

        var expected = 3 * size.PixelCount;
        if (pixels.Length != expected)
        {
            throw new ArgumentException(
                $"Expected {expected} bytes (3 per pixel of a {size} image), found {pixels.Length}.", nameof(pixels));
        }

        return new RgbImage(size, pixels.ToArray());
    }

    /// <summary>One line about the image, such as <c>RGB image of 960x640 pixels</c>.</summary>
    public override string ToString() => $"RGB image of {Size} pixels";

    /// <summary>A part of the image, copied.</summary>
    /// <param name="left">First column.</param>
    /// <param name="top">First row.</param>
    /// <param name="size">Width and height of the part, which lies inside the image.</param>
    internal RgbImage Crop(int left, int top, ImageSize size)
    {
        if (size == Size)
        {
            return this;
        }

        var rowLength = 3 * size.Width;
        var pixels = new byte[rowLength * size.Height];
        for (var y = 0; y < size.Height; y++)
        {
            Pixels.Slice(3 * (((top + y) * Size.Width) + left), rowLength).CopyTo(pixels.AsSpan(y * rowLength));
        }

        return new RgbImage(size, pixels);
    }
}
