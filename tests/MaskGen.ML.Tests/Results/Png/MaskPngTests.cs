using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

public class MaskPngTests
{
    [Theory]
    [InlineData(1, int.MaxValue, "at most 2147483591 pixels to unpack, found 1x2147483647 = 2147483647")]
    [InlineData(int.MaxValue, 1, "at most 2147483591 pixels to unpack, found 2147483647x1 = 2147483647")]
    [InlineData(1_073_741_796, 1, "a width of at most 1073741795 for a PNG, found 1073741796")]
    public void Write_MoreThanCanBeUnpacked_IsRefusedByValueAndLimit(int width, int height, string expected)
    {
        var mask = RunLengthEncoding.FromCounts(new ImageSize(width, height), [width * height]);

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => MaskPng.Write(Stream.Null, mask));

        Assert.Equal("mask", error.ParamName);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AnyMask_IsWhiteWhereSet()
    {
        var random = new Random(11);
        for (var i = 0; i < 20; i++)
        {
            var mask = TestMask.Random(random, random.Next(1, 70), random.Next(1, 70));
            using var stream = new MemoryStream();

            MaskPng.Write(stream, mask);

            var expected = TestMask.Unpack(mask);
            using var bitmap = SKBitmap.Decode(stream.ToArray());
            Assert.Equal(mask.Size, new ImageSize(bitmap.Width, bitmap.Height));
            for (var y = 0; y < bitmap.Height; y++)
            {
                for (var x = 0; x < bitmap.Width; x++)
                {
                    Assert.Equal(expected[x, y] ? SKColors.White : SKColors.Black, bitmap.GetPixel(x, y));
                }
            }
        }
    }

    [Fact]
    public void Write_NoPixels_Throws() =>
        Assert.Throws<ArgumentException>(() => MaskPng.Write(Stream.Null, new RunLengthEncoding(default, [0])));

    [Fact]
    public void FileName_NumbersFromOne_WithFourDigits()
    {
        Assert.Equal("cat.mask-0001.png", MaskPng.FileName("cat", 0));
        Assert.Equal("cat.mask-12346.png", MaskPng.FileName("cat", 12345));
    }
}
