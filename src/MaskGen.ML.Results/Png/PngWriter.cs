using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Numerics.Tensors;

namespace MaskGen.ML.Results;

/// <summary>Writes PNG images: grey of 8 or 16 bits and numbers of colours in a palette, which SkiaSharp cannot, and colours, for which it
/// takes six times as long as .NET's own zlib, and makes the larger file.</summary>
/// <remarks>Source: PNG specification, third edition (W3C), sections 5 (chunks), 9 (filters), 10 (zlib stream), 11.2 (IHDR, PLTE, IDAT,
/// IEND).</remarks>
internal static class PngWriter
{
    private const byte FilterSub = 1;
    private const byte FilterUp = 2;
    private const byte ColorTypeGrey = 0;
    private const byte ColorTypeRgb = 2;
    private const byte ColorTypeIndexed = 3;
    private const byte ColorTypeRgba = 6;
    private const int BytesOfRgb = 3;
    private const int BytesOfRgba = 4;

    /// <summary>The widest image: a row of two bytes per pixel, and one more, is an array.</summary>
    public static int WidestImage => (Array.MaxLength - 1) / 2;

    /// <summary>Whether an image is wider than can be written.</summary>
    public static bool IsTooWide(ImageSize size) => size.Width > WidestImage;

    /// <summary>Writes one byte per pixel.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="size">Width and height, each at least 1.</param>
    /// <param name="pixels">Row-major grey values.</param>
    /// <param name="stamp">Its stamp; the hash of its content is added.</param>
    public static void WriteGrey8(Stream stream, ImageSize size, ReadOnlySpan<byte> pixels, ResultStamp stamp) =>
        WriteFile(stream, size, new PngKind(BitDepth: 8, ColorTypeGrey), palette: [], Compress8(size, pixels), stamp);

    /// <summary>Gives a row of numbers; rows are asked for from the top down, each once.</summary>
    /// <param name="y">The row.</param>
    internal delegate ReadOnlySpan<ushort> RowSource(int y);

    /// <summary>Writes one number of a colour per pixel.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="size">Width and height, each at least 1.</param>
    /// <param name="rows">Numbers, each of a colour of the palette.</param>
    /// <param name="palette">Red, green and blue of 1 to 256 colours.</param>
    /// <param name="stamp">Its stamp; the hash of its content is added.</param>
    public static void WriteIndexed8(Stream stream, ImageSize size, RowSource rows, ReadOnlySpan<byte> palette, ResultStamp stamp)
    {
        var compressed = Compress(size, 1, (y, row) =>
        {
            var numbers = rows(y);
            for (var x = 0; x < numbers.Length; x++)
            {
                row[x] = (byte)numbers[x];
            }
        });
        WriteFile(stream, size, new PngKind(BitDepth: 8, ColorTypeIndexed), palette, compressed, stamp);
    }

    /// <summary>Writes two bytes per pixel.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="size">Width and height, each at least 1.</param>
    /// <param name="rows">Grey values.</param>
    /// <param name="stamp">Its stamp; the hash of its content is added.</param>
    public static void WriteGrey16(Stream stream, ImageSize size, RowSource rows, ResultStamp stamp)
    {
        var compressed = Compress(size, 2, (y, row) =>
        {
            var values = rows(y);
            for (var x = 0; x < values.Length; x++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(2 * x), values[x]);
            }
        });
        WriteFile(stream, size, new PngKind(BitDepth: 16, ColorTypeGrey), palette: [], compressed, stamp);
    }

    /// <summary>Writes red, green and blue.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="size">Width and height, each at least 1.</param>
    /// <param name="rgba">Four bytes per pixel, row by row; the fourth is left out.</param>
    /// <param name="stamp">Its stamp; the hash of its content is added. Null for none.</param>
    public static void WriteRgb8(Stream stream, ImageSize size, ReadOnlySpan<byte> rgba, ResultStamp? stamp) =>
        WriteFile(stream, size, new PngKind(BitDepth: 8, ColorTypeRgb), palette: [], CompressColors(size, rgba, BytesOfRgb), stamp);

    /// <summary>Writes red, green, blue and alpha.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="size">Width and height, each at least 1.</param>
    /// <param name="rgba">Four bytes per pixel, row by row, with straight alpha.</param>
    /// <param name="stamp">Its stamp; the hash of its content is added. Null for none.</param>
    public static void WriteRgba8(Stream stream, ImageSize size, ReadOnlySpan<byte> rgba, ResultStamp? stamp) =>
        WriteFile(stream, size, new PngKind(BitDepth: 8, ColorTypeRgba), palette: [], CompressColors(size, rgba, BytesOfRgba), stamp);

    // The difference to the pixel on the left: of the filters the smallest file for photos with masks over them, and the same for all rows,
    // so that nothing is tried and discarded.
    private static MemoryStream CompressColors(ImageSize size, ReadOnlySpan<byte> rgba, int bytesPerPixel)
    {
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var stride = BytesOfRgba * size.Width;
            var row = new byte[bytesPerPixel * size.Width];
            var line = new byte[row.Length + 1];
            line[0] = FilterSub;
            for (var y = 0; y < size.Height; y++)
            {
                var source = rgba.Slice(y * stride, stride);
                if (bytesPerPixel == BytesOfRgba)
                {
                    source.CopyTo(row);
                }
                else
                {
                    DropAlpha(source, row);
                }

                row.AsSpan(0, bytesPerPixel).CopyTo(line.AsSpan(1));
                TensorPrimitives.Subtract<byte>(
                    row.AsSpan(bytesPerPixel), row.AsSpan(0, row.Length - bytesPerPixel), line.AsSpan(1 + bytesPerPixel));
                zlib.Write(line);
            }
        }

        return compressed;
    }

    private static void DropAlpha(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        for (int i = 0, j = 0; i < rgba.Length; i += BytesOfRgba, j += BytesOfRgb)
        {
            rgb[j] = rgba[i];
            rgb[j + 1] = rgba[i + 1];
            rgb[j + 2] = rgba[i + 2];
        }
    }

    private static MemoryStream Compress8(ImageSize size, ReadOnlySpan<byte> pixels)
    {
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var above = new byte[size.Width];
            var line = new byte[size.Width + 1];
            for (var y = 0; y < size.Height; y++)
            {
                var row = pixels.Slice(y * size.Width, size.Width);
                WriteLine(zlib, row, above, line);
                row.CopyTo(above);
            }
        }

        return compressed;
    }

    private static MemoryStream Compress(ImageSize size, int bytesPerPixel, Action<int, byte[]> fill)
    {
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            var (above, row) = (new byte[bytesPerPixel * size.Width], new byte[bytesPerPixel * size.Width]);
            var line = new byte[row.Length + 1];
            for (var y = 0; y < size.Height; y++)
            {
                fill(y, row);
                WriteLine(zlib, row, above, line);
                row.CopyTo(above, 0);
            }
        }

        return compressed;
    }

    // Masks repeat from row to row, so the difference to the row above is nearly always 0 and packs best.
    private static void WriteLine(ZLibStream zlib, ReadOnlySpan<byte> row, byte[] above, byte[] line)
    {
        line[0] = FilterUp;
        for (var i = 0; i < row.Length; i++)
        {
            line[i + 1] = (byte)(row[i] - above[i]);
        }

        zlib.Write(line);
    }

    private static void WriteFile(
        Stream stream, ImageSize size, PngKind kind, ReadOnlySpan<byte> palette, MemoryStream compressed, ResultStamp? stamp)
    {
        stream.Write(PngChunk.Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, size.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], size.Height);
        header[8] = kind.BitDepth;
        header[9] = kind.ColorType;

        // The one compression and filter method there is, not interlaced: all 0.
        header[10..].Clear();
        PngChunk.Write(stream, "IHDR"u8, header);
        var data = compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
        if (stamp is not null)
        {
            var hash = new XxHash128();
            hash.Append(palette);
            hash.Append(data);
            PngChunk.WriteStamp(stream, stamp with { Content = PngChunk.Digest(hash) });
        }

        if (palette.Length > 0)
        {
            PngChunk.Write(stream, "PLTE"u8, palette);
        }

        PngChunk.Write(stream, "IDAT"u8, data);
        PngChunk.Write(stream, "IEND"u8, []);
    }

    private readonly record struct PngKind(byte BitDepth, byte ColorType);
}
