using FsCheck.Xunit;

namespace MaskGen.ML.Tests.Masks;

public class CocoRleTests
{
    // Worked out by hand from the format: 6 -> '6'; 1 -> '1'; 40 -> 8 with "more" (40 + 48 = 'X'), then 1 ('1').
    [Theory]
    [InlineData(new[] { 6, 1, 40, 4 }, "61X13")]
    [InlineData(new[] { 51 }, "c1")]
    [InlineData(new[] { 0, 51 }, "0c1")]
    [InlineData(new[] { 5, 10, 20, 2, 14 }, "5:d0HJ")]
    public void Encode_KnownRuns_GivesTheKnownString(int[] counts, string expected)
    {
        var size = new ImageSize(counts.Sum(), 1);

        var text = CocoRle.Encode(RunLengthEncoding.FromCounts(size, counts));

        Assert.Equal(expected, text);
        Assert.Equal(counts, CocoRle.Decode(size, text).Counts);
    }

    [Property]
    public void Decode_OfEncode_IsTheSame(byte width, byte height, int seed)
    {
        var (size, mask) = RunLengthEncodingTests.RandomMask(width, height, seed);
        var encoding = RunLengthEncoding.FromMask(size, mask);

        Assert.Equal(encoding.Counts, CocoRle.Decode(size, CocoRle.Encode(encoding)).Counts);
    }

    [Theory]
    [InlineData("c")]
    [InlineData("!")]
    [InlineData("7")]
    [InlineData("1111oooooooooooooooooooo")]
    public void Decode_Damaged_Throws(string text)
    {
        Assert.Throws<FormatException>(() => CocoRle.Decode(new ImageSize(3, 2), text));
    }

    [Theory]
    [InlineData(-2, -3)]
    [InlineData(-1, 0)]
    [InlineData(0, int.MinValue)]
    public void Decode_NegativeSize_IsRefused(int width, int height)
    {
        foreach (var text in (string[])["6", "", "0"])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => CocoRle.Decode(new ImageSize(width, height), text));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 7)]
    [InlineData(int.MaxValue, 0)]
    public void Decode_NoPixels_IsAMaskWithoutAny(int width, int height)
    {
        var size = new ImageSize(width, height);

        Assert.Equal(0, CocoRle.Decode(size, "0").Area);
        Assert.Empty(CocoRle.Decode(size, "0").ToMask());
        Assert.Equal(default, CocoRle.Decode(size, "0").BoundingBox);
        Assert.Throws<FormatException>(() => CocoRle.Decode(size, "1"));
    }

    [Property(MaxTest = 2000)]
    public void Decode_AnyText_IsReadOrRefused(int seed)
    {
        var random = new Random(seed);
        var text = new string([.. Enumerable.Range(0, random.Next(24)).Select(_ => (char)random.Next(44, 116))]);
        try
        {
            var mask = CocoRle.Decode(new ImageSize(random.Next(4), random.Next(4)), text);
            Assert.Equal(mask.Size.PixelCount, mask.Counts.ToArray().Sum(count => (long)count));
            Assert.All(mask.Counts.ToArray(), count => Assert.True(count >= 0));
        }
        catch (FormatException)
        {
        }
    }
}
