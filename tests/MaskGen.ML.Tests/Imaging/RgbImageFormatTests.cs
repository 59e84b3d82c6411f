namespace MaskGen.ML.Tests.Imaging;

public class RgbImageFormatTests
{
    [Theory]
    [InlineData("plain.bmp")]
    [InlineData("lossless.webp")]
    [InlineData("animated.webp")]
    [InlineData("alpha.png")]
    [InlineData("alpha.webp")]
    public void Load_Lossless_IsTheImage(string name) => Assert.True(Load("plain.png").Pixels.SequenceEqual(Load(name).Pixels));

    [Theory]
    [InlineData("baseline.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("cmyk.jpg")]
    [InlineData("restarts.jpg")]
    [InlineData("scans.jpg")]
    [InlineData("lossy.webp")]
    [InlineData("plain.gif")]
    [InlineData("interlaced.gif")]
    [InlineData("animated.gif")]
    [InlineData("palette.bmp")]
    public void Load_Lossy_IsWhatSkiaMakesOfItAndCloseToTheImage(string name)
    {
        var (expected, actual) = (Load("plain.png"), Load(name));
        using var bitmap = SkiaSharp.SKBitmap.Decode(Fixture.Path($"images/formats/{name}"));

        Assert.Equal(expected.Size, actual.Size);
        double sum = 0;
        for (var i = 0; i < expected.Pixels.Length; i++)
        {
            var color = bitmap.GetPixel(i / 3 % 80, i / 3 / 80);
            Assert.Equal(i % 3 == 0 ? color.Red : i % 3 == 1 ? color.Green : color.Blue, actual.Pixels[i]);
            sum += Math.Abs(expected.Pixels[i] - actual.Pixels[i]);
        }

        // Hardly an edge is sharper than a block of the coarse JPEGs; another image would be 40 away and more.
        Assert.InRange(sum / expected.Pixels.Length, 0, 14);
    }

    [Fact]
    public void Load_SixteenBits_TakesTheHighByte()
    {
        var file = ImageBytes.Png(2, 1, 16, 2, [0, 0x12, 0xFF, 0x34, 0, 0x56, 0x80, 0xFF, 0xFF, 0, 1, 0x7F, 0xFE]);

        Assert.Equal<byte>([0x12, 0x34, 0x56, 0xFF, 0x00, 0x7F], RgbImage.Load(new MemoryStream(file)).Pixels);
    }

    [Fact]
    public void Load_InterlacedPng_IsTheImage()
    {
        // 2 x 2 grey: pass 1 has the first pixel, pass 6 the second, pass 7 the lower row; each line begins with its filter.
        var file = ImageBytes.Png(2, 2, 8, 0, [0, 10, 0, 20, 0, 30, 40], interlaced: true);

        Assert.Equal<byte>([10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40], RgbImage.Load(new MemoryStream(file)).Pixels);
    }

    [Fact]
    public void Load_PackedBitmap_IsTheImage()
    {
        // Runs: three of colour 1 and the end of the row; then one of colour 2, two to the right, one of 1, and the end.
        byte[] colors = [0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0];
        var file = ImageBytes.Bmp(4, 2, 8, 1, 3, [.. colors, 3, 1, 0, 0, 1, 2, 0, 2, 2, 0, 1, 1, 0, 1]);

        Assert.Equal<byte>(
            [6, 5, 4, 0, 0, 0, 0, 0, 0, 3, 2, 1, 3, 2, 1, 3, 2, 1, 3, 2, 1, 0, 0, 0], RgbImage.Load(new MemoryStream(file)).Pixels);
    }

    [Fact]
    public void Load_BitmapFromTheTopDown_IsTheImage()
    {
        var file = ImageBytes.Bmp(1, -2, 24, 0, 0, [1, 2, 3, 0, 4, 5, 6, 0]);

        Assert.Equal<byte>([3, 2, 1, 6, 5, 4], RgbImage.Load(new MemoryStream(file)).Pixels);
    }

    [Theory]
    [InlineData("png")]
    [InlineData("jpg")]
    [InlineData("bmp")]
    public void Load_MoreRowsThanAStrip_IsTheImage(string format)
    {
        const int Width = 90;
        const int Height = 7001;
        var file = format == "bmp" ? TallBitmap(Width, Height) : ImageBytes.Random(format, Width, Height, seed: 4);

        var image = RgbImage.Load(new MemoryStream(file));

        using var bitmap = SkiaSharp.SKBitmap.Decode(file);
        Assert.Equal(new ImageSize(Width, Height), image.Size);
        for (var i = 0; i < Width * Height; i += 17)
        {
            var color = bitmap.GetPixel(i % Width, i / Width);
            Assert.Equal((color.Red, color.Green, color.Blue), (image.Pixels[3 * i], image.Pixels[(3 * i) + 1], image.Pixels[(3 * i) + 2]));
        }
    }

    [Theory]
    [InlineData("baseline.jpg")]
    [InlineData("plain.png")]
    [InlineData("plain.gif")]
    [InlineData("alpha.webp")]
    [InlineData("plain.bmp")]
    public void Load_AnyKindOfStream_GivesTheSameAndLeavesItAtItsEnd(string name)
    {
        var file = File.ReadAllBytes(Fixture.Path($"images/formats/{name}"));
        var expected = Load(name);
        var positioned = new MemoryStream([1, 2, 3, .. file]) { Position = 3 };

        Assert.True(expected.Pixels.SequenceEqual(RgbImage.Load(positioned).Pixels));
        Assert.Equal(positioned.Length, positioned.Position);
        Assert.True(expected.Pixels.SequenceEqual(RgbImage.Load(new Trickle(file, 7)).Pixels));
        Assert.True(expected.Pixels.SequenceEqual(RgbImage.Load(new Trickle(file, 5_000)).Pixels));
    }

    [Fact]
    public void Load_LongStreamThatCannotBePositioned_IsReadInPieces()
    {
        var file = ImageBytes.Random("png", 900, 700, seed: 1);
        Assert.True(file.Length > 1.5 * (1 << 20));

        Assert.True(RgbImage.Load(new MemoryStream(file)).Pixels.SequenceEqual(RgbImage.Load(new Trickle(file, 99_991)).Pixels));
    }

    private static RgbImage Load(string name) => RgbImage.Load(Fixture.Path($"images/formats/{name}"));

    private static byte[] TallBitmap(int width, int height)
    {
        var rows = new byte[((width * 3) + 2) / 4 * 4 * height];
        new Random(1).NextBytes(rows);
        return ImageBytes.Bmp(width, height, 24, 0, 0, rows);
    }
}
