using System.IO.Compression;
using System.Text;
using FsCheck.Xunit;
using MaskGen.ML.Imaging;

namespace MaskGen.ML.Tests.Imaging;

public class RgbImageOrientationTests
{
    public static TheoryData<string, int> All()
    {
        var data = new TheoryData<string, int>();
        foreach (var format in ImageBytes.Formats)
        {
            for (var orientation = 0; orientation <= 9; orientation++)
            {
                data.Add(format, orientation);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Load_Exif_TurnsTheImageUpright(string format, int orientation)
    {
        // More rows than are put into place together, and no multiple of it.
        var file = ImageBytes.Random(format, 70, 101, seed: orientation);
        var stored = Load(file);

        AssertTurned(stored, orientation, Load(ImageBytes.WithExif(format, file, ImageBytes.Exif(orientation))));
        AssertTurned(stored, orientation, Load(ImageBytes.WithExif(format, file, ImageBytes.Exif(orientation, bigEndian: true))));
        AssertTurned(stored, orientation, Load(ImageBytes.WithExif(format, file, ImageBytes.Exif(orientation, asLong: true))));
    }

    [Theory]
    [InlineData("png")]
    [InlineData("webp")]
    public void Load_StraightAlphaAndExif_KeepsTheColours(string format)
    {
        var file = ImageBytes.Random(format, 33, 20, seed: 7, withAlpha: true);
        var opaque = ImageBytes.Random(format, 33, 20, seed: 7);

        AssertTurned(Load(opaque), 6, Load(ImageBytes.WithExif(format, file, ImageBytes.Exif(6))), exceptClear: format == "webp");
    }

    [Fact]
    public void Load_PngWithExifBehindTheData_IsTurned()
    {
        var file = ImageBytes.Random("png", 9, 5, seed: 1);
        var late = ImageBytes.Insert(file, file.Length - 12, ImageBytes.Chunk("eXIf", ImageBytes.Exif(8)));

        AssertTurned(Load(file), 8, Load(late));
    }

    [Theory]
    [InlineData("Raw profile type exif", false)]
    [InlineData("Raw profile type exif", true)]
    [InlineData("Raw profile type APP1", true)]
    public void Load_PngWithExifInAText_IsTurned(string keyword, bool compressed)
    {
        var file = ImageBytes.Random("png", 9, 5, seed: 1);
        byte[] exif = [.. "Exif\0\0"u8, .. ImageBytes.Exif(3)];
        var hex = string.Join('\n', Convert.ToHexString(exif).Chunk(72).Select(line => new string(line)));
        var text = Encoding.Latin1.GetBytes($"\nexif\n{exif.Length,8}\n{hex}\n");
        byte[] head = Encoding.Latin1.GetBytes(keyword + "\0");
        var chunk = compressed ? ImageBytes.Chunk("zTXt", [.. head, 0, .. Compressed(text)]) : ImageBytes.Chunk("tEXt", [.. head, .. text]);

        AssertTurned(Load(file), 3, Load(ImageBytes.Insert(file, 33, chunk)));
    }

    [Fact]
    public void Load_PngWithBoth_BelievesTheExifChunk()
    {
        var file = ImageBytes.WithExif("png", ImageBytes.Random("png", 9, 5, seed: 1), ImageBytes.Exif(6));
        var text = Encoding.Latin1.GetBytes("Raw profile type exif\0\nexif\n8\n" + Convert.ToHexString(ImageBytes.Exif(3)));

        Assert.Equal(new ImageSize(5, 9), Load(ImageBytes.Insert(file, 33, ImageBytes.Chunk("tEXt", text))).Size);
    }

    [Fact]
    public void Load_JpegWithOtherApplicationDataFirst_IsTurned()
    {
        var file = ImageBytes.Random("jpg", 16, 8, seed: 1);
        byte[] other = [0xFF, 0xE1, 0, 9, .. "http://"u8];

        Assert.Equal(new ImageSize(8, 16), Load(ImageBytes.Insert(ImageBytes.WithExif("jpg", file, ImageBytes.Exif(5)), 2, other)).Size);
    }

    [Property(MaxTest = 300)]
    public void Put_RowsInAnyPortionsAndOrder_GivesTheTurnedImage(int seed, byte width, byte height)
    {
        var random = new Random(seed);
        var size = new ImageSize((width % 45) + 1, (height % 90) + 1);
        var orientation = random.Next(1, 9);
        var rgba = new byte[4 * size.PixelCount];
        random.NextBytes(rgba);
        var cuts = Enumerable.Range(0, random.Next(5))
            .Select(_ => random.Next(size.Height)).Append(0).Append(size.Height).Distinct().Order().ToArray();
        var target = new UprightPixels(size, orientation);

        foreach (var (first, end) in cuts.Zip(cuts.Skip(1)).Shuffle())
        {
            target.Put(first, rgba.AsSpan((4 * size.Width * first)..(4 * size.Width * end)));
        }

        var stored = RgbImage.FromPixels(size, rgba.Where((_, i) => i % 4 != 3).ToArray());
        AssertTurned(stored, orientation, target.ToImage());
    }

    // Damage in the data beside the image is no reason to refuse the image.
    [Property(MaxTest = 500)]
    public void Exif_Mutated_GivesAnOrientation(int seed)
    {
        var bytes = Checkpoints.Mutation.Apply(ImageBytes.Exif(6, seed % 2 == 0), seed);

        Assert.InRange(ExifOrientation.Read(bytes), 1, 8);
    }

    private static RgbImage Load(byte[] file) => RgbImage.Load(new MemoryStream(file));

    private static byte[] Compressed(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            zlib.Write(bytes);
        }

        return packed.ToArray();
    }

    // The definition: on which side of the upright image the stored row 0 and column 0 lie.
    private static void AssertTurned(RgbImage stored, int orientation, RgbImage actual, bool exceptClear = false)
    {
        var (w, h) = (stored.Size.Width, stored.Size.Height);
        Assert.Equal(orientation is >= 5 and <= 8 ? new ImageSize(h, w) : stored.Size, actual.Size);
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                var (column, row) = orientation switch
                {
                    2 => (w - 1 - x, y),
                    3 => (w - 1 - x, h - 1 - y),
                    4 => (x, h - 1 - y),
                    5 => (y, x),
                    6 => (h - 1 - y, x),
                    7 => (h - 1 - y, w - 1 - x),
                    8 => (y, w - 1 - x),
                    _ => (x, y),
                };
                var expected = stored.Pixels.Slice(3 * ((y * w) + x), 3);
                var found = actual.Pixels.Slice(3 * ((row * actual.Size.Width) + column), 3);

                // Encoders may drop the colour of what is clear.
                Assert.True(expected.SequenceEqual(found)
                    || (exceptClear && found.IndexOfAnyExcept((byte)0) < 0), $"stored ({x}, {y}), orientation {orientation}");
            }
        }
    }
}
