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
        Assert.Equal(counts, CocoRle.Decode(text, size).Counts);
    }

    [Property]
    public void Decode_OfEncode_IsTheSame(byte width, byte height, int seed)
    {
        var (size, mask) = RunLengthEncodingTests.RandomMask(width, height, seed);
        var encoding = RunLengthEncoding.FromMask(size, mask);

        Assert.Equal(encoding.Counts, CocoRle.Decode(CocoRle.Encode(encoding), size).Counts);
    }

    [Theory]
    [InlineData("c")]
    [InlineData("!")]
    [InlineData("7")]
    [InlineData("1111oooooooooooooooooooo")]
    public void Decode_Damaged_Throws(string text)
    {
        Assert.Throws<FormatException>(() => CocoRle.Decode(text, new ImageSize(3, 2)));
    }

    [Theory]
    [InlineData(-2, -3)]
    [InlineData(-1, 0)]
    [InlineData(0, int.MinValue)]
    public void Decode_NegativeSize_IsRefused(int width, int height)
    {
        foreach (var text in (string[])["6", "", "0"])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => CocoRle.Decode(text, new ImageSize(width, height)));
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 7)]
    [InlineData(int.MaxValue, 0)]
    public void Decode_NoPixels_IsAMaskWithoutAny(int width, int height)
    {
        var size = new ImageSize(width, height);

        Assert.Equal(0, CocoRle.Decode("0", size).Area);
        Assert.Empty(CocoRle.Decode("0", size).ToMask());
        Assert.Equal(default, CocoRle.Decode("0", size).BoundingBox());
        Assert.Throws<FormatException>(() => CocoRle.Decode("1", size));
    }

    [Property(MaxTest = 2000)]
    public void Decode_AnyText_IsReadOrRefused(int seed)
    {
        var random = new Random(seed);
        var text = new string([.. Enumerable.Range(0, random.Next(24)).Select(_ => (char)random.Next(44, 116))]);
        try
        {
            var mask = CocoRle.Decode(text, new ImageSize(random.Next(4), random.Next(4)));
            Assert.Equal(mask.Size.PixelCount, mask.Counts.ToArray().Sum(count => (long)count));
            Assert.All(mask.Counts.ToArray(), count => Assert.True(count >= 0));
        }
        catch (FormatException)
        {
        }
    }
}
