using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Tests.Results;

public class MaskPngTests
{
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
