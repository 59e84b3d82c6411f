using System.Text.Json.Serialization;
using MaskGen.ML.Imaging;

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

    /// <summary>Reads an image file: PNG, JPEG, WebP, BMP or GIF (its first frame). The content decides, not the name.</summary>
    /// <param name="path">The file: a regular one, no pipe or device.</param>
    /// <param name="options">Limits, and how to stop; null for the defaults. See <see cref="ImageLoadOptions"/> for the memory that reading
    /// takes.</param>
    /// <returns>The image, turned upright as the EXIF orientation of a PNG, JPEG or WebP says. Alpha is dropped without blending, grey and
    /// palette become RGB, colour profiles are ignored: what the Python references do.</returns>
    /// <remarks>Of 16-bit PNGs the high byte of each value counts. One that uses a small part of its range, as microscopes and depth
    /// cameras write them, comes almost black: stretch it to the full range first. A file that is cut off is refused, unless only the mark
    /// of its end is missing and all rows are there.</remarks>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty, or an option is out of its range.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a whole image, or has more pixels than the options allow; the message says
    /// what was found, by format and rows, and what to do about it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static RgbImage Load(string path, ImageLoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= ImageLoadOptions.Default;
        options.Validate();
        using var stream = ImageFile.Open(path);
        return ImageDecoder.Decode(stream, path, options);
    }

    /// <summary>Reads an image from a stream; otherwise as <see cref="Load(string, ImageLoadOptions)"/>.</summary>
    /// <param name="stream">The bytes of an image file, from the current position to the end, where it is left. Stays open. One that cannot
    /// be positioned is copied into memory first, up to the limit on files in <see cref="ImageLoadOptions"/>.</param>
    /// <param name="options">Limits, and how to stop; null for the defaults. Cancellation is heard between two reads of the stream.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">The bytes are not a whole image, or one of more pixels than the options allow.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    /// <remarks>What the stream itself throws is thrown on.</remarks>
    public static RgbImage Load(Stream stream, ImageLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var image = ImageDecoder.Decode(stream, "stream", options ?? ImageLoadOptions.Default);
        if (stream.CanSeek)
        {
            stream.Seek(0, SeekOrigin.End);
        }

        return image;
    }

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
            throw new ArgumentOutOfRangeException(nameof(size), size, $"Expected at most {Array.MaxLength / 3} pixels, found {size.PixelCount}.");
        }

        var expected = 3 * size.PixelCount;
        if (pixels.Length != expected)
        {
            throw new ArgumentException($"Expected {expected} bytes (3 per pixel of a {size} image), found {pixels.Length}.", nameof(pixels));
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
