using System.Buffers.Binary;
using System.IO.Compression;

namespace MaskGen.ML.Tests.Results;

/// <summary>A second reader for grey and indexed PNGs, since SkiaSharp narrows 16 bits to 8 and turns numbers of colours into colours.
/// Checks each chunk's length and checksum.</summary>
/// <param name="Size">Width and height.</param>
/// <param name="BitDepth">Bits of a value.</param>
/// <param name="Pixels">The values, row by row.</param>
/// <param name="Palette">Red, green and blue of each colour; null for a grey image.</param>
internal sealed record TestPng(ImageSize Size, int BitDepth, int[] Pixels, byte[]? Palette)
{
    public static TestPng Read(byte[] file)
    {
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], file[..8]);
        var (size, depth, data) = (default(ImageSize), 0, new MemoryStream());
        var (isIndexed, palette) = (false, (byte[]?)null);
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            var type = System.Text.Encoding.ASCII.GetString(file, at + 4, 4);
            Assert.Equal(BitwiseCrc(file.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)));
            if (type == "IHDR")
            {
                size = new ImageSize(
                    BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at + 8)), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at + 12)));
                depth = file[at + 16];
                isIndexed = file[at + 17] == 3;
                Assert.Equal(isIndexed ? 3 : 0, file[at + 17]);
            }
            else if (type == "PLTE")
            {
                Assert.Equal(0, data.Length);
                Assert.True(length % 3 == 0 && length is > 0 and <= 768);
                palette = file.AsSpan(at + 8, length).ToArray();
            }
            else if (type == "IDAT")
            {
                data.Write(file, at + 8, length);
            }

            at += length + 12;
        }

        data.Position = 0;
        using var zlib = new ZLibStream(data, CompressionMode.Decompress);
        Assert.Equal(isIndexed, palette is not null);
        var pixels = Unfilter(zlib, size, depth / 8);
        Assert.All(isIndexed ? pixels : [], pixel => Assert.InRange(pixel, 0, (palette!.Length / 3) - 1));
        return new TestPng(size, depth, pixels, palette);
    }

    private static int[] Unfilter(ZLibStream zlib, ImageSize size, int bytesPerPixel)
    {
        var pixels = new int[size.PixelCount];
        var above = new byte[size.Width * bytesPerPixel];
        for (var y = 0; y < size.Height; y++)
        {
            Assert.Equal(2, zlib.ReadByte());
            var row = new byte[above.Length];
            zlib.ReadExactly(row);
            for (var i = 0; i < row.Length; i++)
            {
                row[i] += above[i];
            }

            for (var x = 0; x < size.Width; x++)
            {
                pixels[(y * size.Width) + x] = bytesPerPixel == 1 ? row[x] : BinaryPrimitives.ReadUInt16BigEndian(row.AsSpan(2 * x));
            }

            above = row;
        }

        Assert.Equal(-1, zlib.ReadByte());
        return pixels;
    }

    private static uint BitwiseCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
