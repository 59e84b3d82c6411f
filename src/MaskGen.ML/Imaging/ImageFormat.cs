namespace MaskGen.ML.Imaging;

/// <summary>A format that images are read from.</summary>
internal enum ImageFormat
{
    Png,
    Jpeg,
    WebP,
    Bmp,
    Gif,
    Tiff,
}

/// <summary>Tells the formats that are read by their first bytes; the name of a file decides nothing.</summary>
internal static class ImageFormats
{
    /// <summary>Bytes at the beginning of a file that identify its format; a shorter file is identified by what it has.</summary>
    public const int StartLength = 4096;

    /// <summary>The formats by name, for messages.</summary>
    public const string Names = "PNG, JPEG, TIFF, WebP, BMP or GIF";

    /// <summary>What people call a format.</summary>
    public static string Name(ImageFormat format) => format == ImageFormat.WebP ? "WebP" : format.ToString().ToUpperInvariant();

    /// <summary>The longest side that the decoder of a format takes, in pixels.</summary>
    public static int LongestSide(ImageFormat format) => format switch
    {
        // libpng's default limit, libjpeg's JPEG_MAX_DIMENSION, and Skia's limit.
        ImageFormat.Png => 1_000_000,
        ImageFormat.Jpeg => 65_500,
        ImageFormat.Bmp => 65_535,
        _ => int.MaxValue,
    };

    /// <summary>The format, or null for one that is not read.</summary>
    /// <param name="start">The first bytes of the file.</param>
    public static ImageFormat? Detect(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]))
        {
            return ImageFormat.Png;
        }

        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return ImageFormat.Jpeg;
        }

        if (start.Length >= 12 && start.StartsWith("RIFF"u8) && start[8..].StartsWith("WEBP"u8))
        {
            return ImageFormat.WebP;
        }

        if (start.StartsWith("GIF87a"u8) || start.StartsWith("GIF89a"u8))
        {
            return ImageFormat.Gif;
        }

        // TIFF and BigTIFF of either byte order; cameras build their raw formats on them, which are no images yet.
        if (start.StartsWith("II*\0"u8) || start.StartsWith("MM\0*"u8) || start.StartsWith("II+\0"u8) || start.StartsWith("MM\0+"u8))
        {
            return ForeignFormats.DescribeRaw(start) is null ? ImageFormat.Tiff : null;
        }

        // Two letters alone begin many a text. The length of the header follows after the file's own 14 bytes; it is below 256.
        return start.Length >= 18 && start.StartsWith("BM"u8) && start[15..18].IndexOfAnyExcept((byte)0) < 0 ? ImageFormat.Bmp : null;
    }
}
