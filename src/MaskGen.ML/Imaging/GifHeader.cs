using System.Buffers.Binary;

namespace MaskGen.ML.Imaging;

/// <summary>Reads the blocks of a GIF up to its first frame.</summary>
/// <remarks>Source: GIF89a specification (CompuServe, 1990), sections 18 to 26.</remarks>
internal static class GifHeader
{
    // A code of 12 bits stands for at most as many pixels as there are codes.
    private const int MostPixelsPerByte = 4096;
    private const int ScreenLength = 13;
    private const byte HasColorTable = 0x80;
    private const byte IsInterlaced = 0x40;

    public static ImageHeader Read(ImageInput input)
    {
        Span<byte> screen = stackalloc byte[ScreenLength];
        if (!input.TryReadAt(0, screen))
        {
            return new ImageHeader();
        }

        var (width, height) = (BinaryPrimitives.ReadUInt16LittleEndian(screen[6..]), BinaryPrimitives.ReadUInt16LittleEndian(screen[8..]));
        var header = new ImageHeader { Size = new ImageSize(width, height) };
        long at = ScreenLength + ColorTableLength(screen[10]);
        Span<byte> block = stackalloc byte[10];
        while (input.TryReadAt(at, block[..2]))
        {
            const byte Extension = 0x21;
            const byte Frame = 0x2C;
            if (block[0] == Extension)
            {
                at = SkipSubBlocks(input, at + 2);
                continue;
            }

            return block[0] == Frame && input.TryReadAt(at, block) ? WithFrame(header, input.FileLength - at, block) : header;
        }

        return header;
    }

    private static ImageHeader WithFrame(ImageHeader header, long bytes, ReadOnlySpan<byte> frame)
    {
        // Left, top, width, height, flags. A frame that reaches beyond the screen enlarges it.
        var (left, top) = (BinaryPrimitives.ReadUInt16LittleEndian(frame[1..]), BinaryPrimitives.ReadUInt16LittleEndian(frame[3..]));
        var (width, height) = (BinaryPrimitives.ReadUInt16LittleEndian(frame[5..]), BinaryPrimitives.ReadUInt16LittleEndian(frame[7..]));
        var screen = header.Size ?? default;
        var size = new ImageSize(Math.Max(screen.Width, left + width), Math.Max(screen.Height, top + height));

        // What the frame does not cover needs no data.
        var uncovered = size.PixelCount - ((long)width * height);
        var isInterlaced = (frame[9] & IsInterlaced) != 0;
        return header with
        {
            Size = size,
            IsInterlaced = isInterlaced,
            MostPixels = uncovered + ((double)bytes * MostPixelsPerByte),

            // An empty block, which ends the frame, and the trailer. Of an interlaced frame the decoder does not tell whether more is
            // missing.
            MissingEnd = isInterlaced ? [] : [0, 0x3B],
            UndecidedRows = int.MaxValue,
        };
    }

    private static long SkipSubBlocks(ImageInput input, long at)
    {
        Span<byte> length = stackalloc byte[1];
        while (input.TryReadAt(at, length) && length[0] > 0)
        {
            at += length[0] + 1;
        }

        return at + 1;
    }

    private static int ColorTableLength(byte flags) => (flags & HasColorTable) != 0 ? 3 << ((flags & 7) + 1) : 0;
}
