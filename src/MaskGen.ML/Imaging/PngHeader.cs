using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MaskGen.ML.Imaging;

/// <summary>Reads the chunks of a PNG, of which Skia does not look at the orientation.</summary>
/// <remarks>Source: PNG specification, third edition (W3C), sections 5 (chunks), 11.2.1 (IHDR), 11.3.2.10 (eXIf).</remarks>
internal static class PngHeader
{
    // Deflate's longest match, 258 bytes, takes two bits at least.
    private const int MostExpansion = 1032;

    // Orientation stands in the first directory, which writers put first; thumbnails and the like follow it.
    private const int MostExifBytes = 1 << 18;
    private const int ChunkFrame = 12;

    /// <summary>Where the number of bits of a sample stands in the file.</summary>
    public const int BitDepthOffset = 24;

    public static ImageHeader Read(ImageInput input)
    {
        var header = new ImageHeader();
        var bitsPerPixel = 1;
        long data = 0;
        byte[]? exif = null;
        byte[]? oldExif = null;
        Span<byte> frame = stackalloc byte[8];
        for (long at = 8; input.TryReadAt(at, frame);)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(frame);
            var available = Math.Min(length, input.FileLength - at - frame.Length);
            switch (Encoding.Latin1.GetString(frame[4..]))
            {
                case "IHDR":
                    (header, bitsPerPixel) = ReadImageHeader(header, input, at + frame.Length);
                    break;
                case "CgBI":
                    header = header with { Unsupported = "an Xcode-optimized PNG (CgBI); save it as an ordinary PNG first" };
                    break;
                case "IDAT":
                    data += available;
                    break;
                case "eXIf":
                    exif ??= Bytes(input, at + frame.Length, available);
                    break;
                case "tEXt" or "zTXt":
                    oldExif ??= ReadProfile(Bytes(input, at + frame.Length, available), isCompressed: frame[4] == 'z');
                    break;
            }

            at += length + ChunkFrame;
        }

        return header with
        {
            Orientation = ExifOrientation.Read(exif ?? oldExif ?? []),
            MostPixels = 8.0 * MostExpansion * data / bitsPerPixel,
        };
    }

    /// <summary>Whether samples have 16 bits, in rows that <see cref="PngRows"/> reads.</summary>
    /// <exception cref="InvalidDataException">They have, and it does not.</exception>
    public static bool IsDeep(ImageInput input, string source)
    {
        const int Interlace = 28;
        Span<byte> start = stackalloc byte[Interlace + 1];
        if (!input.TryReadAt(0, start) || start[BitDepthOffset] != 16)
        {
            return false;
        }

        return start[Interlace] == 0 ? true : throw new InvalidDataException(
            $"{source}: expected a 16-bit PNG that is not interlaced, of which alone a range can be taken, found an interlaced one; save it"
            + " without interlacing first.");
    }

    private static (ImageHeader Header, int BitsPerPixel) ReadImageHeader(ImageHeader header, ImageInput input, long at)
    {
        Span<byte> fields = stackalloc byte[13];
        if (!input.TryReadAt(at, fields))
        {
            return (header, 1);
        }

        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(fields), BinaryPrimitives.ReadInt32BigEndian(fields[4..]));
        var (bitDepth, colorType) = (fields[8], fields[9]);
        var channels = colorType switch
        {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };
        return (header with { Size = new ImageSize(width, height), IsInterlaced = fields[12] != 0 }, Math.Max(bitDepth * channels, 1));
    }

    // What ImageMagick and others wrote before the eXIf chunk existed, and still do: a text chunk with a keyword; then, after three line
    // ends, the EXIF data in hexadecimal digits.
    private static byte[]? ReadProfile(byte[] chunk, bool isCompressed)
    {
        var keyword = Encoding.Latin1.GetString(chunk.AsSpan(0, Math.Max(chunk.AsSpan().IndexOf((byte)0), 0)));
        if (keyword is not ("Raw profile type exif" or "Raw profile type APP1"))
        {
            return null;
        }

        var text = isCompressed ? Inflate(chunk, keyword.Length + 2) : chunk[(keyword.Length + 1)..];
        var start = 0;
        for (var line = 0; line < 3; line++)
        {
            start += text.AsSpan(start).IndexOf((byte)'\n') + 1;
        }

        var digits = Encoding.Latin1.GetString(text.AsSpan(start)).Where(char.IsAsciiHexDigit).ToArray();
        return Convert.FromHexString(digits.AsSpan(0, digits.Length & ~1));
    }

    private static byte[] Inflate(byte[] chunk, int start)
    {
        try
        {
            start = Math.Min(start, chunk.Length);
            using var zlib = new ZLibStream(new MemoryStream(chunk, start, chunk.Length - start), CompressionMode.Decompress);
            var text = new byte[MostExifBytes];
            return text[..zlib.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            // A damaged note beside the image is no reason to refuse the image.
            return [];
        }
    }

    private static byte[] Bytes(ImageInput input, long at, long length)
    {
        var bytes = new byte[Math.Clamp(length, 0, MostExifBytes)];
        return input.TryReadAt(at, bytes) ? bytes : [];
    }
}
