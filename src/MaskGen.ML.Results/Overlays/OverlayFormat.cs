using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>A format that overlays are written in.</summary>
internal sealed class OverlayFormat
{
    // Quality 100 means lossless to Skia's WebP encoder.
    private const int Lossless = 100;

    private readonly string _name;
    private readonly string[] _extensions;
    private readonly SKEncodedImageFormat _format;
    private readonly int _longestSide;

    private OverlayFormat(string name, SKEncodedImageFormat format, int longestSide, params string[] extensions)
    {
        (_name, _extensions, _format, _longestSide) = (name, extensions, format, longestSide);
    }

    public static OverlayFormat Png { get; } = new("PNG", SKEncodedImageFormat.Png, int.MaxValue, ".png");

    // JPEG_MAX_DIMENSION of libjpeg and WEBP_MAX_DIMENSION of libwebp.
    private static OverlayFormat[] All { get; } =
    [
        Png,
        new("JPEG", SKEncodedImageFormat.Jpeg, 65_500, ".jpg", ".jpeg"),
        new("WebP", SKEncodedImageFormat.Webp, 16_383, ".webp"),
    ];

    /// <summary>The format of a file's extension.</summary>
    /// <exception cref="ArgumentException">There is no such format.</exception>
    public static OverlayFormat OfName(string path)
    {
        var extension = Path.GetExtension(path);
        return Array.Find(All, format => format._extensions.Contains(extension, StringComparer.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"{path}: expected a name that ends in {string.Join(", ", All.SelectMany(format => format._extensions))}, "
                + $"found {(extension.Length == 0 ? "no extension" : extension)}.",
                nameof(path));
    }

    /// <summary>Refuses an image that the format cannot hold.</summary>
    /// <exception cref="ArgumentException">A side is too long.</exception>
    public void ThrowIfTooLarge(string path, ImageSize size)
    {
        if (Math.Max(size.Width, size.Height) > _longestSide)
        {
            throw new ArgumentException(
                $"{path}: expected sides of at most {_longestSide} pixels for {_name}, found {size}; write a .png file.", nameof(path));
        }
    }

    /// <summary>Encodes a bitmap.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="bitmap">What to encode.</param>
    /// <param name="jpegQuality">Quality of JPEG, 1 to 100; the other formats are lossless.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <exception cref="IOException">It cannot be encoded, such as when memory runs out.</exception>
    public void Encode(Stream stream, SKBitmap bitmap, int jpegQuality, ResultStamp stamp)
    {
        if (_format == SKEncodedImageFormat.Png)
        {
            RgbaBitmap.WritePng(stream, bitmap, stamp);
            return;
        }

        using var data = bitmap.Encode(_format, _format == SKEncodedImageFormat.Jpeg ? jpegQuality : Lossless)
            ?? throw new IOException($"The image of {bitmap.Width}x{bitmap.Height} pixels cannot be encoded as {_name}.");
        switch (_format)
        {
            case SKEncodedImageFormat.Jpeg:
                JpegStamp.Write(stream, data.AsSpan(), stamp);
                break;
            default:
                WebpStamp.Write(stream, data.AsSpan(), new ImageSize(bitmap.Width, bitmap.Height), stamp);
                break;
        }
    }
}
