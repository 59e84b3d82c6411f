namespace MaskGen.ML.Imaging;

/// <summary>How a stored image is turned to stand upright, as EXIF numbers it: 1 not at all, 2 to 4 mirrored or upside down, 5 to 8 with
/// its rows as columns.</summary>
internal static class ExifOrientation
{
    public const int Upright = 1;

    private const ushort Tag = 0x0112;

    /// <summary>Reads the orientation out of EXIF data.</summary>
    /// <param name="exif">The data, with or without the name "Exif" and two zeros in front, as JPEG has them.</param>
    /// <returns>1 to 8; 1 where the data says nothing, or nothing valid.</returns>
    public static int Read(ReadOnlySpan<byte> exif)
    {
        var tiff = exif.StartsWith("Exif\0\0"u8) ? exif[6..] : exif;
        return TiffDirectory.Read(tiff)?.Value(Tag) is { } value and >= 1 and <= 8 ? (int)value : Upright;
    }
}
