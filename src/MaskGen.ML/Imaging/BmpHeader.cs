using System.Buffers.Binary;

namespace MaskGen.ML.Imaging;

/// <summary>Reads the headers of a Windows bitmap.</summary>
/// <remarks>Source: Microsoft's Win32 documentation of BITMAPFILEHEADER, BITMAPCOREHEADER and BITMAPINFOHEADER.</remarks>
internal static class BmpHeader
{
    private const int FileHeaderLength = 14;
    private const int CoreHeaderLength = 12;

    // Rows are filled up to a multiple of four bytes; the last one's filling is sometimes left out.
    private const int RowAlignment = 4;

    public static ImageHeader Read(ImageInput input)
    {
        Span<byte> fields = stackalloc byte[FileHeaderLength + CoreHeaderLength];
        if (!input.TryReadAt(0, fields))
        {
            return new ImageHeader();
        }

        var dataStart = BinaryPrimitives.ReadUInt32LittleEndian(fields[10..]);
        var core = fields[FileHeaderLength..];
        if (BinaryPrimitives.ReadUInt32LittleEndian(core) == CoreHeaderLength)
        {
            return Uncompressed(
                input,
                new ImageSize(BinaryPrimitives.ReadUInt16LittleEndian(core[4..]), BinaryPrimitives.ReadUInt16LittleEndian(core[6..])),
                BinaryPrimitives.ReadUInt16LittleEndian(core[10..]),
                dataStart);
        }

        // Length, width, height (negative from the top down), planes, bits per pixel, compression.
        Span<byte> info = stackalloc byte[20];
        if (!input.TryReadAt(FileHeaderLength, info))
        {
            return new ImageHeader();
        }

        var (width, height) = (BinaryPrimitives.ReadInt32LittleEndian(info[4..]), BinaryPrimitives.ReadInt32LittleEndian(info[8..]));
        if (width < 1 || height is 0 or int.MinValue)
        {
            return new ImageHeader();
        }

        var size = new ImageSize(width, Math.Abs(height));
        const uint Rgb = 0;
        const uint BitFields = 3;
        return BinaryPrimitives.ReadUInt32LittleEndian(info[16..]) is Rgb or BitFields
            ? Uncompressed(input, size, BinaryPrimitives.ReadUInt16LittleEndian(info[14..]), dataStart)
            : new ImageHeader { Size = size };
    }

    private static ImageHeader Uncompressed(ImageInput input, ImageSize size, int bitsPerPixel, uint dataStart)
    {
        var rowBits = (long)size.Width * bitsPerPixel;
        var rowBytes = ((rowBits + (8 * RowAlignment) - 1) / (8 * RowAlignment)) * RowAlignment;
        if (rowBytes == 0)
        {
            return new ImageHeader { Size = size };
        }

        // The last row is whole without its filling.
        var filling = rowBytes - ((rowBits + 7) / 8);
        var rows = Math.Max(input.FileLength - dataStart + filling, 0) / rowBytes;
        return new ImageHeader
        {
            Size = size,
            MostPixels = (double)rows * size.Width,
            MissingEnd = new byte[filling],
            UndecidedRows = 1,
        };
    }
}
