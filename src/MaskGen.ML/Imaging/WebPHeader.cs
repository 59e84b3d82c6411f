using System.Buffers.Binary;

namespace MaskGen.ML.Imaging;

/// <summary>Reads the chunks of a WebP.</summary>
/// <remarks>Source: RFC 9649, sections 2.3 to 2.7 (container), 3.4 and RFC 6386, section 9.1 (sizes).</remarks>
internal static class WebPHeader
{
    // A macroblock of 256 pixels takes more than three bits: how it is predicted is coded with probabilities that are fixed.
    private const int MostPixelsPerLossyByte = 1024;
    private const int FirstChunk = 12;
    private const byte HasExif = 0x08;

    // Orientation stands in the first directory, which writers put first; thumbnails and the like follow it.
    private const int MostExifBytes = 1 << 18;

    public static ImageHeader Read(ImageInput input)
    {
        // The length of what follows stands after the first four bytes.
        Span<byte> length = stackalloc byte[4];
        var isCutOff = input.TryReadAt(4, length) && BinaryPrimitives.ReadUInt32LittleEndian(length) + 8L > input.FileLength;
        return ReadFirstChunk(input) with { IsCutOff = isCutOff };
    }

    private static ImageHeader ReadFirstChunk(ImageInput input)
    {
        Span<byte> chunk = stackalloc byte[18];
        if (!input.TryReadAt(FirstChunk, chunk))
        {
            return new ImageHeader();
        }

        var payload = chunk[8..];
        if (chunk.StartsWith("VP8 "u8))
        {
            // Three bytes of tag, three of start code, then 14 bits each.
            var width = BinaryPrimitives.ReadUInt16LittleEndian(payload[6..]) & 0x3FFF;
            var height = BinaryPrimitives.ReadUInt16LittleEndian(payload[8..]) & 0x3FFF;
            return new ImageHeader
            {
                Size = new ImageSize(width, height),
                MostPixels = (double)(input.FileLength - FirstChunk) * MostPixelsPerLossyByte,
            };
        }

        if (chunk.StartsWith("VP8L"u8))
        {
            // A byte of signature, then 14 bits each, less one. How much it can be packed has no bound.
            var sizes = BinaryPrimitives.ReadUInt32LittleEndian(payload[1..]);
            return new ImageHeader { Size = new ImageSize((int)(sizes & 0x3FFF) + 1, (int)((sizes >> 14) & 0x3FFF) + 1) };
        }

        if (!chunk.StartsWith("VP8X"u8))
        {
            return new ImageHeader();
        }

        // Flags, three bytes that are reserved, then 24 bits each, less one.
        return new ImageHeader
        {
            Size = new ImageSize(UInt24(payload[4..]) + 1, UInt24(payload[7..]) + 1),
            Orientation = (payload[0] & HasExif) != 0 ? ReadOrientation(input) : ExifOrientation.Upright,
        };
    }

    private static int ReadOrientation(ImageInput input)
    {
        Span<byte> chunk = stackalloc byte[8];
        for (long at = FirstChunk; input.TryReadAt(at, chunk);)
        {
            long length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk.StartsWith("EXIF"u8))
            {
                var exif = new byte[Math.Min(Math.Min(length, MostExifBytes), input.FileLength - at - chunk.Length)];
                return input.TryReadAt(at + chunk.Length, exif) ? ExifOrientation.Read(exif) : ExifOrientation.Upright;
            }

            // Chunks begin at even positions.
            at += chunk.Length + length + (length & 1);
        }

        return ExifOrientation.Upright;
    }

    private static int UInt24(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
}
