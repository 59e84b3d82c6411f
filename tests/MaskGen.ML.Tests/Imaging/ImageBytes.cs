using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using SkiaSharp;

namespace MaskGen.ML.Tests.Imaging;

/// <summary>Image files made byte by byte, and changed ones.</summary>
internal static class ImageBytes
{
    public static readonly string[] Formats = ["png", "jpg", "webp"];

    /// <summary>A file of random pixels: PNG and WebP lossless, JPEG not.</summary>
    public static byte[] Random(string format, int width, int height, int seed, bool withAlpha = false)
    {
        using var bitmap = new SKBitmap(
            new SKImageInfo(width, height, SKColorType.Rgba8888, withAlpha ? SKAlphaType.Unpremul : SKAlphaType.Opaque));
        var pixels = new byte[4 * width * height];
        new Random(seed).NextBytes(pixels);
        for (var i = 3; i < pixels.Length && !withAlpha; i += 4)
        {
            pixels[i] = 255;
        }

        System.Runtime.InteropServices.Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
        using var pixmap = bitmap.PeekPixels();
        using var data = format switch
        {
            "png" => pixmap.Encode(SKPngEncoderOptions.Default),
            "jpg" => pixmap.Encode(SKEncodedImageFormat.Jpeg, 90),
            _ => pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 0)),
        };
        return data.ToArray();
    }

    /// <summary>EXIF data of one or two fields, without the name in front.</summary>
    public static byte[] Exif(int orientation, bool bigEndian = false, bool asLong = false)
    {
        var bytes = new List<byte>(bigEndian ? "MM\0*"u8.ToArray() : "II*\0"u8.ToArray());
        Add32(8);
        Add16(2);
        Add16(0x010F);
        Add16(2);
        Add32(4);
        bytes.AddRange("abc\0"u8);
        Add16(0x0112);
        Add16(asLong ? 4 : 3);
        Add32(1);
        if (asLong)
        {
            Add32(orientation);
        }
        else
        {
            Add16(orientation);
            Add16(0);
        }

        Add32(0);
        return [.. bytes];

        void Add16(int value) => bytes.AddRange(bigEndian ? [(byte)(value >> 8), (byte)value] : [(byte)value, (byte)(value >> 8)]);
        void Add32(int value)
        {
            Add16(bigEndian ? value >> 16 : value & 0xFFFF);
            Add16(bigEndian ? value & 0xFFFF : value >> 16);
        }
    }

    /// <summary>The file with EXIF data where its format has it.</summary>
    public static byte[] WithExif(string format, byte[] file, byte[] exif) => format switch
    {
        "png" => Insert(file, 33, Chunk("eXIf", exif)),
        "jpg" => Insert(file, 2, [0xFF, 0xE1, .. BigEndian16(exif.Length + 8), .. "Exif\0\0"u8, .. exif]),
        _ => WebPWithExif(file, exif),
    };

    public static byte[] Insert(byte[] file, int at, byte[] bytes) => [.. file[..at], .. bytes, .. file[at..]];

    /// <summary>A chunk of a PNG with its length and checksum.</summary>
    public static byte[] Chunk(string type, byte[] data)
    {
        byte[] content = [.. Encoding.Latin1.GetBytes(type), .. data];
        return [.. BigEndian32(data.Length), .. content, .. BigEndian32((int)Crc32.HashToUInt32(content))];
    }

    /// <summary>A PNG from its header and what its scan lines are, filter bytes included.</summary>
    public static byte[] Png(int width, int height, byte bitDepth, byte colorType, byte[] scanLines, bool interlaced = false)
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(scanLines);
        }

        return
        [
            0x89, .. "PNG\r\n\u001a\n"u8,
            .. Chunk("IHDR", [.. BigEndian32(width), .. BigEndian32(height), bitDepth, colorType, 0, 0, (byte)(interlaced ? 1 : 0)]),
            .. Chunk("IDAT", packed.ToArray()),
            .. Chunk("IEND", []),
        ];
    }

    /// <summary>A Windows bitmap: headers, then what follows them.</summary>
    public static byte[] Bmp(int width, int height, short bitsPerPixel, int compression, int colors, byte[] rest)
    {
        var file = new byte[54 + rest.Length];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 54 + (4 * colors));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), bitsPerPixel);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(30), compression);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(46), colors);
        rest.CopyTo(file, 54);
        return file;
    }

    /// <summary>A GIF of two colours with one frame, whose data are given (the least code size, then blocks, then an empty one).</summary>
    public static byte[] Gif(int width, int height, int frameWidth, int frameHeight, byte[] data) =>
    [
        .. "GIF89a"u8, .. LittleEndian16(width), .. LittleEndian16(height), 0x80, 0, 0, 0, 0, 0, 255, 255, 255,
        (byte)',', 0, 0, 0, 0, .. LittleEndian16(frameWidth), .. LittleEndian16(frameHeight), 0, .. data, (byte)';',
    ];

    /// <summary>A lossless WebP of one colour, which takes the same few bytes at any size.</summary>
    public static byte[] PlainWebP(int width, int height)
    {
        var bits = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bits, (uint)(width - 1) | ((uint)(height - 1) << 14));
        return Riff([.. "VP8L"u8, 12, 0, 0, 0, 0x2F, .. bits, 0x88, 0x88, 0x08, 0, 0, 0, 0]);
    }

    public static byte[] Riff(byte[] chunks) => [.. "RIFF"u8, .. LittleEndian32(chunks.Length + 4), .. "WEBP"u8, .. chunks];

    public static byte[] ExtendedWebP(int width, int height, byte flags, byte[] chunks) => Riff(
        [.. "VP8X"u8, 10, 0, 0, 0, flags, 0, 0, 0, .. LittleEndian32(width - 1)[..3], .. LittleEndian32(height - 1)[..3], .. chunks]);

    public static byte[] LittleEndian16(int value) => [(byte)value, (byte)(value >> 8)];

    public static byte[] LittleEndian32(int value) => [.. LittleEndian16(value), .. LittleEndian16(value >> 16)];

    private static byte[] BigEndian16(int value) => [(byte)(value >> 8), (byte)value];

    private static byte[] BigEndian32(int value) => [.. BigEndian16(value >> 16), .. BigEndian16(value)];

    private static byte[] WebPWithExif(byte[] file, byte[] exif)
    {
        var size = RgbImage.Load(new MemoryStream(file)).Size;
        byte[] padded = exif.Length % 2 == 0 ? exif : [.. exif, 0];
        return ExtendedWebP(size.Width, size.Height, flags: 0x08, [.. file[12..], .. "EXIF"u8, .. LittleEndian32(exif.Length), .. padded]);
    }
}
