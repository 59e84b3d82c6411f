using System.Text;

namespace MaskGen.ML.Imaging;

/// <summary>Describes a file that cannot be read as an image, and what to do about it.</summary>
internal static class ForeignFormats
{
    private const string Convert = "convert it to PNG or JPEG first";
    private const string Develop = "develop it and save it as PNG or JPEG first";
    private const string Render = "render it to PNG first";
    private const string TakeFrames = "take frames out of it and save them as PNG or JPEG first";
    private const string Unpack = "unpack it first";
    private const int ShownCharacters = 40;
    private const int ShownBytes = 8;

    // By the bytes at an offset, written as Latin-1 text; the first that fits counts, so the longer of two that begin alike comes first.
    private static readonly (int Offset, string Magic, string Name, string WayOut)[] Signatures =
    [
        (0, "IIRO", "a camera raw image (Olympus ORF)", Develop),
        (0, "IIRS", "a camera raw image (Olympus ORF)", Develop),
        (0, "MMOR", "a camera raw image (Olympus ORF)", Develop),
        (0, "IIU\0", "a camera raw image (Panasonic RW2)", Develop),
        (0, "FUJIFILMCCD-RAW", "a camera raw image (Fujifilm RAF)", Develop),
        (0, "FOVb", "a camera raw image (Sigma X3F)", Develop),
        (0, "\0MRM", "a camera raw image (Minolta MRW)", Develop),
        (0, "II\u00BC", "a JPEG XR image", Convert),
        (0, "\u00FF\n", "a JPEG XL image", Convert),
        (0, "\0\0\0\fJXL \r\n\u0087\n", "a JPEG XL image", Convert),
        (0, "\0\0\0\fjP  \r\n\u0087\n", "a JPEG 2000 image", Convert),
        (0, "\u00FFO\u00FFQ", "a JPEG 2000 image", Convert),
        (0, "8BPS", "a Photoshop document (PSD)", Convert),
        (0, "gimp xcf", "a GIMP document (XCF)", Convert),
        (0, "\0\0\u0001\0", "a Windows icon (ICO)", Convert),
        (0, "\0\0\u0002\0", "a Windows cursor (CUR)", Convert),
        (0, "icns", "an Apple icon (ICNS)", Convert),
        (0, "\u008AMNG\r\n\u001A\n", "an MNG animation", TakeFrames),
        (0, "\u008BJNG\r\n\u001A\n", "a JNG image", Convert),
        (0, "qoif", "a QOI image", Convert),
        (0, "DDS ", "a DirectDraw surface (DDS)", Convert),
        (0, "BPG\u00FB", "a BPG image", Convert),
        (0, "FLIF", "a FLIF image", Convert),
        (0, "v/1\u0001", "an OpenEXR image", Convert),
        (0, "#?RADIANCE", "a Radiance HDR image", Convert),
        (0, "#?RGBE", "a Radiance HDR image", Convert),
        (0, "\n\u0005\u0001", "a PCX image", Convert),
        (0, "SIMPLE  =", "a FITS image", Convert),
        (0, "AT&TFORM", "a DjVu document", Render),
        (0, "%PDF-", "a PDF document", Render),
        (0, "%!PS", "a PostScript document", Render),
        (0, "{\\rtf", "an RTF document", Render),
        (128, "DICM", "a DICOM image", Convert),
        (0, "\u0093NUMPY", "a NumPy array", "make an image of it, with RgbImage.FromPixels say"),
        (0, "\u0089HDF\r\n\u001A\n", "an HDF5 file", Convert),
        (8, "AVI ", "a video (AVI)", TakeFrames),
        (0, "\u001AE\u00DF\u00A3", "a video (Matroska or WebM)", TakeFrames),
        (0, "FLV\u0001", "a video (Flash)", TakeFrames),
        (0, "OggS", "an Ogg video or sound", TakeFrames),
        (0, "0&\u00B2u\u008Ef\u00CF\u0011", "a video (Windows Media)", TakeFrames),
        (0, "\0\0\u0001\u00BA", "a video (MPEG)", TakeFrames),
        (0, "\0\0\u0001\u00B3", "a video (MPEG)", TakeFrames),
        (4, "moov", "a video (QuickTime)", TakeFrames),
        (4, "mdat", "a video (QuickTime)", TakeFrames),
        (4, "wide", "a video (QuickTime)", TakeFrames),
        (0, "PK\u0003\u0004", "a ZIP archive", Unpack),
        (0, "PK\u0005\u0006", "an empty ZIP archive", Unpack),
        (0, "\u001F\u008B", "a gzip archive", Unpack),
        (0, "BZh", "a bzip2 archive", Unpack),
        (0, "\u00FD7zXZ", "an XZ archive", Unpack),
        (0, "(\u00B5/\u00FD", "a Zstandard archive", Unpack),
        (0, "7z\u00BC\u00AF", "a 7z archive", Unpack),
        (0, "Rar!", "a RAR archive", Unpack),
        (257, "ustar", "a tar archive", Unpack),
    ];

    // Kinds of files that share the ISO container, by brand; the first list that any brand of the file is in decides.
    private static readonly (string[] Brands, string Name, string WayOut)[] Containers =
    [
        (["avif", "avis"], "an AVIF image", Convert),
        (["crx "], "a camera raw image (Canon CR3)", Develop),
        (["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "mif2", "msf1"], "a HEIC image", Convert),
        (["jxl "], "a JPEG XL image", Convert),
        (["jp2 ", "jpx "], "a JPEG 2000 image", Convert),
        (["qt  "], "a video (QuickTime)", TakeFrames),
    ];

    /// <summary>What the file is, and what to do about it.</summary>
    /// <param name="start">Its first bytes; not those of a format that is read.</param>
    /// <param name="length">Its length in bytes; null when unknown.</param>
    /// <returns>Such as <c>a TIFF image; convert it to PNG or JPEG first</c>.</returns>
    public static string Describe(ReadOnlySpan<byte> start, long? length)
    {
        if (start.IsEmpty)
        {
            return "an empty file";
        }

        foreach (var (offset, magic, name, wayOut) in Signatures)
        {
            if (HasAt(start, offset, magic))
            {
                return $"{name}; {wayOut}";
            }
        }

        return DescribeRaw(start)
            ?? DescribeNetpbm(start)
            ?? DescribeContainer(start)
            ?? DescribeText(start, length)
            ?? DescribeUnknown(start, length);
    }

    private static bool HasAt(ReadOnlySpan<byte> start, int offset, string magic)
    {
        if (start.Length < offset + magic.Length)
        {
            return false;
        }

        for (var i = 0; i < magic.Length; i++)
        {
            if (start[offset + i] != magic[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What a raw image of a camera is that is built on TIFF, and what to do about it.</summary>
    /// <param name="start">The first bytes of the file.</param>
    /// <returns>Null for any other file, a plain TIFF among them.</returns>
    public static string? DescribeRaw(ReadOnlySpan<byte> start)
    {
        const ushort NewSubfileType = 0x00FE;
        const ushort Make = 0x010F;
        const ushort SubDirectories = 0x014A;
        const ushort DngVersion = 0xC612;
        if (HasAt(start, 8, "CR\u0002"))
        {
            return $"a camera raw image (Canon CR2); {Develop}";
        }

        var directory = TiffDirectory.Read(start);
        if (directory?.Contains(DngVersion) == true)
        {
            return $"a camera raw image (DNG); {Develop}";
        }

        // A camera's name in it, and first of all a small preview; scanners name themselves in plain images too.
        return directory?.Contains(Make) == true && directory.Contains(SubDirectories) && directory.Value(NewSubfileType) == 1
            ? $"a camera raw image (NEF, ARW or another built on TIFF); {Develop}"
            : null;
    }

    // P1 to P7 and white space; some of its forms are text altogether.
    private static string? DescribeNetpbm(ReadOnlySpan<byte> start) =>
        start is [(byte)'P', >= (byte)'1' and <= (byte)'7', (byte)'\n' or (byte)'\r' or (byte)' ', ..]
            ? $"a Netpbm image (PNM); {Convert}"
            : null;

    private static string? DescribeContainer(ReadOnlySpan<byte> start)
    {
        if (!HasAt(start, 4, "ftyp") || start.Length < 12)
        {
            return null;
        }

        // Size, "ftyp", major brand, version, then the compatible brands, four bytes each.
        var box = start[..(int)Math.Min(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(start), (uint)start.Length)];
        foreach (var (brands, name, wayOut) in Containers)
        {
            for (var at = 8; at + 4 <= box.Length; at = at == 8 ? 16 : at + 4)
            {
                if (brands.Contains(Encoding.Latin1.GetString(box.Slice(at, 4))))
                {
                    return $"{name}; {wayOut}";
                }
            }
        }

        return $"a video (MP4); {TakeFrames}";
    }

    private static string? DescribeText(ReadOnlySpan<byte> start, long? length)
    {
        if (DecodeText(start) is not { } text)
        {
            return null;
        }

        bool Begins(string word) => text.StartsWith(word, StringComparison.OrdinalIgnoreCase);
        bool Has(string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
        if (Begins("version https://git-lfs.github.com/spec/"))
        {
            return "a Git LFS pointer, not the image itself; fetch it with git lfs pull";
        }

        if (Begins("<svg") || ((Begins("<?xml") || Begins("<!--") || Begins("<!doctype svg")) && Has("<svg")))
        {
            return $"an SVG drawing; {Render}";
        }

        string[] htmlBeginnings = ["<!doctype html", "<html", "<head", "<body", "<script"];
        if (htmlBeginnings.Any(Begins) || (Begins("<!--") && Has("<html")))
        {
            return "an HTML page; a download that needs a sign-in or another address gives one in place of the file";
        }

        if (Begins("<?xml"))
        {
            return "an XML document; a failed download can give one in place of the file";
        }

        var shown = new string([.. text.Take(ShownCharacters).Select(c => char.IsControl(c) ? ' ' : c)]).TrimEnd();
        return $"text{Bytes(length)}, beginning \"{shown}\"";
    }

    // Null unless all of it is text.
    private static string? DecodeText(ReadOnlySpan<byte> start)
    {
        var encoding = start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) ? Encoding.Unicode
            : start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? Encoding.BigEndianUnicode
            : Encoding.UTF8;
        var text = encoding.GetString(start).TrimStart('\uFEFF').TrimStart();

        // The last character may be cut in two.
        var whole = start.Length == ImageFormats.StartLength && text.Length > 4 ? text[..^4] : text;
        return whole.Length > 0 && whole.All(c => c is '\t' or '\n' or '\r' or '\f' || (!char.IsControl(c) && c != '\uFFFD')) ? text : null;
    }

    private static string DescribeUnknown(ReadOnlySpan<byte> start, long? length)
    {
        if (start.IndexOfAnyExcept((byte)0) < 0)
        {
            return $"zeros only{Bytes(length)}, as an interrupted copy or a device leaves them";
        }

        var shown = System.Convert.ToHexString(start[..Math.Min(start.Length, ShownBytes)]);
        return $"a file of an unknown format{Bytes(length)}, beginning {shown} in hexadecimal";
    }

    private static string Bytes(long? length) => length is { } known ? $" ({known} bytes)" : string.Empty;
}
