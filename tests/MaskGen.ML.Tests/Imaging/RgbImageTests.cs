namespace MaskGen.ML.Tests.Imaging;

public class RgbImageTests
{
    [Fact]
    public void Load_WithAlpha_DropsItWithoutBlending()
    {
        Assert.Equal(Load("scene.png").Pixels, Load("scene-alpha.png").Pixels);
    }

    [Fact]
    public void Load_Gray_HasThreeEqualChannels()
    {
        var gray = Load("scene-gray.png");

        Assert.Equal(Load("scene.png").Size, gray.Size);
        for (var i = 0; i < gray.Pixels.Length; i += 3)
        {
            Assert.True(gray.Pixels[i] == gray.Pixels[i + 1] && gray.Pixels[i] == gray.Pixels[i + 2]);
        }
    }

    [Fact]
    public void Load_Palette_IsCloseToTheOriginal()
    {
        Assert.InRange(MeanDifference(Load("scene.png"), Load("scene-palette.png")), 0, 8);
    }

    [Fact]
    public void Load_JpegWithOrientation6_IsUpright()
    {
        var upright = Load("scene-orientation-6.jpg");

        Assert.Equal(Load("scene.png").Size, upright.Size);
        Assert.InRange(MeanDifference(Load("scene.png"), upright), 0, 4);
    }

    [Fact]
    public void Load_OnePixel_Works()
    {
        Assert.Equal(new ImageSize(1, 1), Load("one-pixel.png").Size);
    }

    [Fact]
    public void Load_NoSuchFile_SaysSo()
    {
        var error = Assert.Throws<FileNotFoundException>(() => RgbImage.Load("no-such.png"));

        Assert.Contains("no-such.png", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TextNamedPng_SaysWhatWasExpectedAndFound()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder["text.png"], "not a picture");

        var error = Assert.Throws<InvalidDataException>(() => RgbImage.Load(folder["text.png"]));

        Assert.Contains("expected a picture", error.Message, StringComparison.Ordinal);
        Assert.Contains("13 bytes", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(5000)]
    public void Load_TruncatedFile_IsRefused(int length)
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder["cut.png"], File.ReadAllBytes(Fixture.Path("images/still-life.png"))[..length]);

        Assert.Throws<InvalidDataException>(() => RgbImage.Load(folder["cut.png"]));
    }

    [Fact]
    public void FromPixels_WrongLength_SaysExpectedAndFound()
    {
        var error = Assert.Throws<ArgumentException>(() => RgbImage.FromPixels(new ImageSize(2, 2), new byte[5]));

        Assert.Contains("Expected 12 bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("found 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Crop_Part_HasItsPixels()
    {
        var image = RgbImage.FromPixels(new ImageSize(3, 2), [.. Enumerable.Range(0, 18).Select(i => (byte)i)]);

        Assert.Equal<byte>([12, 13, 14, 15, 16, 17], image.Crop(1, 1, new ImageSize(2, 1)).Pixels);
    }

    private static RgbImage Load(string name) => RgbImage.Load(Fixture.Path($"images/{name}"));

    private static double MeanDifference(RgbImage expected, RgbImage actual)
    {
        double sum = 0;
        for (var i = 0; i < expected.Pixels.Length; i++)
        {
            sum += Math.Abs(expected.Pixels[i] - actual.Pixels[i]);
        }

        return sum / expected.Pixels.Length;
    }
}
