using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

public class PngWriterTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 7)]
    [InlineData(7, 1)]
    [InlineData(61, 43)]
    [InlineData(257, 3)]
    public void WriteColors_SkiaReadsThemBack(int width, int height)
    {
        var size = new ImageSize(width, height);
        var rgba = new byte[4 * size.PixelCount];
        new Random(width + height).NextBytes(rgba);

        var withAlpha = Decode(Write(stream => PngWriter.WriteRgba8(stream, size, rgba, null)), SKAlphaType.Unpremul, size);
        Assert.Equal(rgba, withAlpha);

        var opaque = Decode(Write(stream => PngWriter.WriteRgb8(stream, size, rgba, null)), SKAlphaType.Opaque, size);
        for (var i = 0; i < rgba.Length; i++)
        {
            Assert.Equal(i % 4 == 3 ? byte.MaxValue : rgba[i], opaque[i]);
        }
    }

    [Fact]
    public void WriteColors_WithAStamp_IsWholeAndAsStamped()
    {
        var size = new ImageSize(5, 4);
        var stamp = new ResultStamp(ResultKind.Overlay) { MaskCount = 3 };
        var file = Write(stream => PngWriter.WriteRgb8(stream, size, new byte[4 * size.PixelCount], stamp));
        var found = PngFile.Inspect(new MemoryStream(file));
        Assert.True(found is { IsWhole: true, IsAsStamped: true, Stamp.MaskCount: 3 });
        Assert.Null(PngFile.ReadStamp(new MemoryStream(
            Write(stream => PngWriter.WriteRgb8(stream, size, new byte[4 * size.PixelCount], null)))));
    }

    [Fact]
    public void WriteColors_OfAPicture_AreHardlyLargerThanSkias()
    {
        var image = RgbImage.Load(Fixture.Path("images/still-life.png"));
        using var bitmap = RgbaBitmap.Of(image);
        using var skia = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Assert.InRange(Write(stream => RgbaBitmap.WritePng(stream, bitmap, null)).Length, 100, (int)skia.Size * 11 / 10);
    }

    private static byte[] Write(Action<Stream> write)
    {
        var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    private static byte[] Decode(byte[] file, SKAlphaType alpha, ImageSize size)
    {
        using var codec = SKCodec.Create(new MemoryStream(file));
        Assert.Equal(alpha, codec.Info.AlphaType);
        using var bitmap = new SKBitmap(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, alpha));
        Assert.Equal(SKCodecResult.Success, codec.GetPixels(bitmap.Info, bitmap.GetPixels()));
        return bitmap.Bytes;
    }
}
