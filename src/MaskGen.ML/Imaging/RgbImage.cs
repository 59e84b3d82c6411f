using MaskGen.ML.Imaging;

namespace MaskGen.ML;

/// <summary>An 8-bit RGB picture in memory, upright, without alpha: what SAM 2 looks at.</summary>
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

    /// <summary>Interleaved R, G, B; row-major; <c>3 * Width * Height</c> bytes.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>Reads a picture file: PNG, JPEG, WebP, BMP or GIF (its first frame).</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <returns>The picture, turned upright as its EXIF orientation says. Alpha is dropped without blending, grey and palette become RGB,
    /// colour profiles are ignored: what the Python references do.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty, or an option is out of its range.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a whole picture; the message says what was found.</exception>
    public static RgbImage Load(string path, ImageLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: expected a picture file, found nothing there.", path);
        }

        using var stream = File.OpenRead(path);
        return ImageDecoder.Decode(stream, path, options ?? ImageLoadOptions.Default);
    }

    /// <summary>Reads a picture from a stream; otherwise as <see cref="Load(string, ImageLoadOptions)"/>.</summary>
    /// <param name="stream">The bytes of a picture file, from the current position to the end. Stays open.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="InvalidDataException">The bytes are not a whole picture.</exception>
    public static RgbImage Load(Stream stream, ImageLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return ImageDecoder.Decode(stream, "stream", options ?? ImageLoadOptions.Default);
    }

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

    /// <summary>A part of the picture, copied.</summary>
    /// <param name="left">First column.</param>
    /// <param name="top">First row.</param>
    /// <param name="size">Width and height of the part, which lies inside the picture.</param>
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
