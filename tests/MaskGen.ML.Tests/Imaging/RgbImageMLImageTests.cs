using FsCheck.Xunit;
using Microsoft.ML.Data;

namespace MaskGen.ML.Tests.Imaging;

public class RgbImageMLImageTests
{
    [Theory]
    [InlineData("images/scene.png")]
    [InlineData("images/scene-gray.png")]
    [InlineData("images/scene-palette.png")]
    [InlineData("images/narrow.png")]
    [InlineData("images/one-pixel.png")]
    [InlineData("images/still-life.png")]
    public void FromMLImage_OpaqueFile_GivesThePixelsOfOurOwnLoader(string file)
    {
        using var image = MLImage.CreateFromFile(Fixture.Path(file));
        var expected = RgbImage.Load(Fixture.Path(file));
        var actual = RgbImage.FromMLImage(image);
        Assert.Equal(expected.Size, actual.Size);
        Assert.True(expected.Pixels.SequenceEqual(actual.Pixels));
    }

    [Theory]
    [InlineData(MLPixelFormat.Rgba32, new byte[] { 10, 20, 30, 255 }, new byte[] { 10, 20, 30 })]
    [InlineData(MLPixelFormat.Bgra32, new byte[] { 30, 20, 10, 255 }, new byte[] { 10, 20, 30 })]
    [InlineData(MLPixelFormat.Rgba32, new byte[] { 64, 32, 0, 128 }, new byte[] { 128, 64, 0 })] // premultiplied
    [InlineData(MLPixelFormat.Rgba32, new byte[] { 200, 32, 0, 128 }, new byte[] { 200, 32, 0 })] // cannot be premultiplied
    [InlineData(MLPixelFormat.Rgba32, new byte[] { 9, 8, 7, 0 }, new byte[] { 9, 8, 7 })] // a fourth byte without meaning
    [InlineData(MLPixelFormat.Rgba32, new byte[] { 0, 0, 0, 0 }, new byte[] { 0, 0, 0 })]
    public void FromMLImage_OnePixel_GivesItsColour(MLPixelFormat format, byte[] pixel, byte[] expected)
    {
        using var image = MLImage.CreateFromPixels(1, 1, format, pixel);
        Assert.Equal(expected, RgbImage.FromMLImage(image).Pixels.ToArray());
    }

    [Fact]
    public void FromMLImage_HalfTransparentFile_KeepsColoursWithinRounding()
    {
        using var image = MLImage.CreateFromFile(Fixture.Path("images/scene-alpha.png"));
        var alpha = image.Pixels.ToArray().Where((_, i) => i % 4 == 3).ToArray();
        var expected = RgbImage.Load(Fixture.Path("images/scene-alpha.png")).Pixels;
        var actual = RgbImage.FromMLImage(image).Pixels;
        for (var i = 0; i < actual.Length; i++)
        {
            // Premultiplying keeps as many steps as alpha has, so half a step of 255/alpha is lost, and as much again to either rounding.
            var lost = alpha[i / 3] == 0 ? 255 : 255 / alpha[i / 3] + 1;
            Assert.True(Math.Abs(expected[i] - actual[i]) <= lost, $"byte {i}: {actual[i]} instead of {expected[i]}, alpha {alpha[i / 3]}");
        }
    }

    [Fact]
    public void FromMLImage_OneChannelAboveAlpha_TakesAllOfTheImageAsItLies()
    {
        byte[] pixels = [20, 30, 40, 128, 200, 30, 40, 128, 1, 2, 3, 4, 9, 9, 9, 255];

        using var image = MLImage.CreateFromPixels(4, 1, MLPixelFormat.Rgba32, pixels);

        Assert.Equal<byte>([20, 30, 40, 200, 30, 40, 1, 2, 3, 9, 9, 9], RgbImage.FromMLImage(image).Pixels);
    }

    [Fact]
    public void FromMLImage_ClearPixelWithAColour_ProvesTheImageStraight()
    {
        using var image = MLImage.CreateFromPixels(2, 1, MLPixelFormat.Bgra32, [10, 20, 30, 128, 1, 0, 0, 0]);

        Assert.Equal<byte>([30, 20, 10, 0, 0, 1], RgbImage.FromMLImage(image).Pixels);
    }

    [Property(MaxTest = 100)]
    public void FromMLImage_StraightAlphaFile_KeepsColoursWithinRounding(int seed)
    {
        var file = ImageBytes.Random("png", 12, 9, seed, withAlpha: true);
        using var image = MLImage.CreateFromStream(new MemoryStream(file));
        var alpha = image.Pixels.ToArray().Where((_, i) => i % 4 == 3).ToArray();
        var expected = RgbImage.Load(new MemoryStream(file)).Pixels;
        var actual = RgbImage.FromMLImage(image).Pixels;
        for (var i = 0; i < actual.Length; i++)
        {
            var lost = alpha[i / 3] == 0 ? 255 : (255 / alpha[i / 3]) + 1;
            Assert.True(Math.Abs(expected[i] - actual[i]) <= lost, $"byte {i}: {actual[i]} instead of {expected[i]}, alpha {alpha[i / 3]}");
        }
    }

    [Fact]
    public void FromMLImage_MorePixelsThanTheLimit_IsRefusedByName()
    {
        using var image = MLImage.CreateFromPixels(3, 2, MLPixelFormat.Rgba32, new byte[24]);
        image.Tag = "photos/a.png";

        var error = Assert.Throws<InvalidDataException>(() => RgbImage.FromMLImage(image, new ImageLoadOptions { MaximumPixels = 5 }));

        Assert.Contains("photos/a.png: expected at most 5 pixels, found 3x2 = 6", error.Message, StringComparison.Ordinal);
        Assert.Equal(new ImageSize(3, 2), RgbImage.FromMLImage(image, new ImageLoadOptions { MaximumPixels = 6 }).Size);
        Assert.Throws<ArgumentOutOfRangeException>(() => RgbImage.FromMLImage(image, new ImageLoadOptions { MaximumPixels = 0 }));
    }

    [Fact]
    public void ToMLImage_AnyImage_IsOpaqueAndAllocatesNoSecondCopy()
    {
        var image = RgbImage.FromPixels(new ImageSize(700, 500), new byte[3 * 700 * 500]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        using var copy = image.ToMLImage();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Equal(MLPixelFormat.Rgba32, copy.PixelFormat);
        Assert.All(copy.Pixels.ToArray().Where((_, i) => i % 4 == 3), alpha => Assert.Equal(255, alpha));
    }

    [Fact]
    public void FromMLImage_NullOrDisposed_Throws()
    {
        Assert.Throws<ArgumentNullException>(() => RgbImage.FromMLImage(null!));
        var image = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Rgba32, [1, 2, 3, 255]);
        image.Dispose();
        Assert.Throws<InvalidOperationException>(() => RgbImage.FromMLImage(image));
    }

    [Fact]
    public void ToMLImage_BackAgain_IsTheImage()
    {
        var image = RgbImage.Load(Fixture.Path("images/scene-orientation-6.jpg"));

        using var copy = image.ToMLImage();

        Assert.Equal((image.Size.Width, image.Size.Height), (copy.Width, copy.Height));
        Assert.True(image.Pixels.SequenceEqual(RgbImage.FromMLImage(copy).Pixels));
    }
}
