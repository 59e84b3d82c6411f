using BitMiracle.LibTiff.Classic;

namespace MaskGen.ML.Tests.Imaging;

public class ImageRangeTests
{
    private static readonly ImageSize Size = new(50, 40);

    [Theory]
    [InlineData("auto", "auto")]
    [InlineData(" FULL", "full")]
    [InlineData("300,4200", "300,4200")]
    [InlineData("-1.5, 1e3", "-1.5,1000")]
    public void Parse_WhatCanBeTyped_IsWrittenInOneWay(string text, string expected)
    {
        var range = ImageRange.Parse(text);

        Assert.Equal(expected, range.ToString());
        Assert.Equal(range, ImageRange.Parse(expected));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5,5")]
    [InlineData("9,5")]
    [InlineData("1,2,3")]
    [InlineData("0,infinity")]
    [InlineData("a,b")]
    public void Parse_Anything_IsRefused(string text)
    {
        var error = Assert.Throws<FormatException>(() => ImageRange.Parse(text));

        Assert.Contains($"found '{text}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(double.NaN, 2)]
    [InlineData(2, double.PositiveInfinity)]
    public void Between_NoRange_IsRefused(double low, double high) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageRange.Between(low, high));

    [Fact]
    public void Load_Auto_StretchesFromThe2ndToThe98thPercentile()
    {
        // 2000 values from 1000 on, in any order: their percentiles are known.
        var values = Enumerable.Range(0, (int)Size.PixelCount).Select(i => (ushort)(1000 + i)).ToArray();
        new Random(1).Shuffle(values);
        var (png, tiff) = (Png(values), Tiff(values));

        foreach (var file in new[] { png, tiff })
        {
            var image = RgbImage.Load(file, new ImageLoadOptions { Range = ImageRange.Auto });

            var (low, high) = (1000 + 39, 1000 + 1960);
            for (var i = 0; i < values.Length; i++)
            {
                var expected = Math.Clamp((values[i] - low) / (double)(high - low) * 255, 0, 255);
                Assert.InRange(image.Pixels[3 * i] - expected, -0.51, 0.51);
            }
        }
    }

    [Fact]
    public void Load_Between_CutsOffWhatLiesBeyond()
    {
        var values = Enumerable.Range(0, (int)Size.PixelCount).Select(i => (ushort)(i * 30)).ToArray();

        var image = RgbImage.Load(Png(values), new ImageLoadOptions { Range = ImageRange.Between(3000, 6000) });

        Assert.Equal((0, 0, 255, 255), (image.Pixels[0], image.Pixels[300], image.Pixels[600], image.Pixels[^1]));
        Assert.Equal(128, image.Pixels[3 * 150]);
    }

    [Fact]
    public void Load_Full_IsTheHighByteOfEachValueAsSkiaGivesIt()
    {
        var values = Enumerable.Range(0, (int)Size.PixelCount).Select(i => (ushort)(i * 32)).ToArray();

        var image = RgbImage.Load(Tiff(values));

        Assert.Equal(values.Select(value => (byte)(value >> 8)), Enumerable.Range(0, values.Length).Select(i => image.Pixels[3 * i]));
        RgbImageTiffTests.AssertSame(RgbImage.Load(Png(values)), image);
    }

    [Fact]
    public void Load_OneValueOnly_IsOneColor()
    {
        var image = RgbImage.Load(
            Tiff(Enumerable.Repeat((ushort)500, (int)Size.PixelCount).ToArray()), new ImageLoadOptions { Range = ImageRange.Auto });

        Assert.True(image.Pixels.IndexOfAnyExcept(image.Pixels[0]) < 0);
    }

    [Fact]
    public void Load_ImageOf8Bits_IsTakenAsItIs()
    {
        var png = ImageBytes.Random("png", 9, 8, 1);

        RgbImageTiffTests.AssertSame(RgbImage.Load(png), RgbImage.Load(png, new ImageLoadOptions { Range = ImageRange.Auto }));
    }

    [Fact]
    public void Load_FloatsWithNoData_LeaveItOut()
    {
        var values = Enumerable.Range(0, (int)Size.PixelCount).Select(i => i % 7 == 0 ? -9999f : i / 10f).ToArray();
        values[3] = float.NaN;
        var bytes = new byte[4 * values.Length];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        using var folder = new TestFolder();
        var plain = folder.Write("plain.tif", TiffBytes.Make(
            Size, 1, 32, bytes, Photometric.MINISBLACK, tiff => tiff.SetField(TiffTag.SAMPLEFORMAT, SampleFormat.IEEEFP)));
        Gdal.Translate("-a_nodata -9999", plain, folder["nodata.tif"]);

        var image = RgbImage.Load(folder["nodata.tif"]);

        // From 0.1, the least, to 199.9, the greatest.
        Assert.Equal((0, 0), (image.Pixels[0], image.Pixels[3 * 3]));
        Assert.Equal((255, 127), (image.Pixels[3 * 1999], image.Pixels[3 * 999]));
    }

    [Fact]
    public void Validate_NoRange_IsRefused() =>
        Assert.Throws<ArgumentNullException>(() => new ImageLoadOptions { Range = null! }.Validate());

    private static byte[] Tiff(ushort[] values)
    {
        var bytes = new byte[2 * values.Length];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return TiffBytes.Make(Size, 1, 16, bytes, Photometric.MINISBLACK);
    }

    private static byte[] Png(ushort[] values) => ImageBytes.Png(
        Size.Width, Size.Height, 16, 0,
        [.. values.Chunk(Size.Width).SelectMany(row => row.SelectMany(v => new[] { (byte)(v >> 8), (byte)v }).Prepend((byte)0))]);
}
