using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

public class LabelMapTests
{
    [Fact]
    public void FromMasks_Overlap_SmallerLiesOnTopAndEarlierOfEquals()
    {
        var masks = TestMask.Set(
            TestMask.Draw("##..", "##.."),
            TestMask.Draw("####", "####"),
            TestMask.Draw(".##.", ".##."));

        var map = LabelMap.FromMasks(masks);

        Assert.Equal([1, 1, 3, 2, 1, 1, 3, 2], map.Labels.ToArray());
        Assert.Equal(3, map[2, 1]);
    }

    [Fact]
    public void FromMasks_NoMasks_IsBackground()
    {
        var map = LabelMap.FromMasks(new MaskSet(new ImageSize(3, 2), []));

        Assert.Equal(new ushort[6], map.Labels.ToArray());
    }

    [Theory]
    [InlineData(255, 8)]
    [InlineData(256, 16)]
    public void WritePng_ManyMasks_ReadsBackWithTheNeededDepth(int maskCount, int bitDepth)
    {
        var size = new ImageSize(maskCount, 3);
        var masks = new MaskSet(size, Enumerable.Range(0, maskCount).Select(column => TestMask.Record(
            new RunLengthEncoding(size, column == maskCount - 1 ? [3 * column, 2, 1] : [3 * column, 2, 1
                + (3 * (maskCount - 1 - column))]))).ToArray());
        var map = LabelMap.FromMasks(masks);
        using var stream = new MemoryStream();

        map.WritePng(stream);

        var png = TestPng.Read(stream.ToArray());
        Assert.Equal(bitDepth, png.BitDepth);
        Assert.Equal(size, png.Size);
        Assert.Equal(Array.ConvertAll(map.Labels.ToArray(), label => (int)label), png.Pixels);
        Assert.Equal(maskCount, png.Pixels[maskCount - 1]);
        Assert.Equal(0, png.Pixels[^1]);
        Assert.Equal(bitDepth == 8, png.Palette is not null);
    }

    [Fact]
    public void WritePng_FewMasks_ShowsEachInItsColourOnBlack()
    {
        var masks = TestMask.Set(TestMask.Draw("##..", "##.."), TestMask.Draw("..#.", "...."));
        using var stream = new MemoryStream();

        LabelMap.FromMasks(masks).WritePng(stream);

        // Skia turns the numbers into the colours of the palette.
        using var bitmap = SKBitmap.Decode(stream.ToArray());
        var colors = Enumerable.Range(0, 8).Select(i => bitmap.GetPixel(i % 4, i / 4)).Select(c => (c.Red, c.Green, c.Blue)).ToArray();
        var (first, second) = (MaskPalette.Color(0), MaskPalette.Color(1));
        Assert.Equal([first, first, second, default, first, first, default, default], colors);
        var png = TestPng.Read(stream.ToArray());
        Assert.Equal([1, 1, 2, 0, 1, 1, 0, 0], png.Pixels);
        Assert.Equal([0, 0, 0, first.Red, first.Green, first.Blue, second.Red, second.Green, second.Blue], png.Palette);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(300)]
    public void WritePng_AnyDepth_IsAnImageForSkia(int maskCount)
    {
        var size = new ImageSize(40, 30);
        var masks = new MaskSet(
            size, Enumerable.Range(0, maskCount).Select(_ => TestMask.Record(new RunLengthEncoding(size, [5, 20, 1175]))).ToArray());
        using var stream = new MemoryStream();

        LabelMap.FromMasks(masks).WritePng(stream);

        using var bitmap = SKBitmap.Decode(stream.ToArray());
        Assert.Equal((40, 30), (bitmap.Width, bitmap.Height));
    }

    [Fact]
    public void WritePng_NoPixels_Throws() =>
        Assert.Throws<InvalidOperationException>(() => LabelMap.FromMasks(MaskSet.Empty).WritePng(Stream.Null));

    [Fact]
    public void FromMasks_MorePixelsThanAnArrayHolds_IsRefused()
    {
        var most = Array.MaxLength + 1;
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => LabelMap.FromMasks(new MaskSet(new ImageSize(most, 1), [])));
        Assert.Contains($"{most}", error.Message, StringComparison.Ordinal);
    }
}
