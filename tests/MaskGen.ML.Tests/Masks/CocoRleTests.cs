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
}
