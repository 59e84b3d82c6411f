namespace MaskGen.ML;

/// <summary>An 8-bit RGB picture in memory, upright, without alpha: what SAM 2 looks at.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class RgbImage
{
    private readonly byte[] _pixels;

    internal RgbImage(ImageSize size, byte[] pixels)
    {
        Size = size;
        _pixels = pixels;
    }

    /// <summary>Width and height in pixels.</summary>
    public ImageSize Size { get; }

    /// <summary>Interleaved R, G, B; row-major; <c>3 * Width * Height</c> bytes.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>Copies pixels.</summary>
    /// <param name="size">Width and height, each at least 1.</param>
    /// <param name="pixels">Interleaved R, G, B; row-major; <c>3 * Width * Height</c> bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side of <paramref name="size"/> is below 1.</exception>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> has another length.</exception>
    public static RgbImage FromPixels(ImageSize size, ReadOnlySpan<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Width, 1, nameof(size));
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Height, 1, nameof(size));
        var expected = 3 * size.PixelCount;
        if (pixels.Length != expected)
        {
            throw new ArgumentException($"Expected {expected} bytes (3 per pixel of a {size} image), found {pixels.Length}.", nameof(pixels));
        }

        return new RgbImage(size, pixels.ToArray());
    }
}
