using FsCheck.Xunit;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Tests.Masks;

public class RunLengthEncodingTests
{
    [Fact]
    public void FromMask_UpperLeftPixelSet_BeginsWithAZeroRun()
    {
        var encoding = RunLengthEncoding.FromMask(new ImageSize(2, 2), [true, false, true, true]);

        // Down the first column, then the second.
        Assert.Equal([0, 2, 1, 1], encoding.Counts);
        Assert.Equal(3, encoding.Area);
    }

    [Fact]
    public void FromMask_Empty_IsOneRun()
    {
        Assert.Equal([6], RunLengthEncoding.FromMask(new ImageSize(3, 2), new bool[6]).Counts);
    }

    [Property]
    public void ToMask_OfFromMask_IsTheMask(byte width, byte height, int seed)
    {
        var (size, mask) = RandomMask(width, height, seed);

        Assert.Equal(mask, RunLengthEncoding.FromMask(size, mask).ToMask());
    }

    [Property]
    public void AreaAndBoundingBox_OfAnyMask_AgreeWithItsPixels(byte width, byte height, int seed)
    {
        var (size, mask) = RandomMask(width, height, seed);

        var encoding = RunLengthEncoding.FromMask(size, mask);

        var set = Enumerable.Range(0, mask.Length).Where(i => mask[i]).ToArray();
        Assert.Equal(set.Length, encoding.Area);
        var box = set.Length == 0
            ? default
            : new BoxXyxy(
                set.Min(i => i % size.Width), set.Min(i => i / size.Width), set.Max(i => i % size.Width), set.Max(i => i / size.Width));
        Assert.Equal(box, encoding.BoundingCorners());
    }

    [Property]
    public void PlaceIn_LargerImage_MovesThePixels(byte width, byte height, int seed, byte left, byte top)
    {
        var (size, mask) = RandomMask(width, height, seed);
        var image = new ImageSize(size.Width + left + 3, size.Height + top + 2);

        var placed = RunLengthEncoding.FromMask(size, mask).PlaceIn(image, left, top).ToMask();

        var expected = new bool[image.PixelCount];
        for (var i = 0; i < mask.Length; i++)
        {
            expected[((i / size.Width) + top) * image.Width + (i % size.Width) + left] = mask[i];
        }

        Assert.Equal(expected, placed);
    }

    [Fact]
    public void FromCounts_ThatDoNotAddUp_SaysExpectedAndFound()
    {
        var error = Assert.Throws<ArgumentException>(() => RunLengthEncoding.FromCounts(new ImageSize(3, 2), [1, 2]));

        Assert.Contains("6 pixels (3x2), found 3", error.Message, StringComparison.Ordinal);
    }

    internal static (ImageSize Size, bool[] Mask) RandomMask(byte width, byte height, int seed)
    {
        var size = new ImageSize((width % 20) + 1, (height % 20) + 1);
        var random = new Random(seed);
        var density = random.NextDouble();
        return (size, [.. Enumerable.Range(0, (int)size.PixelCount).Select(_ => random.NextDouble() < density)]);
    }

    [Fact]
    public void Segments_RunsWithNothingBetweenThem_AreOne()
    {
        var mask = RunLengthEncoding.FromCounts(new ImageSize(2, 4), [1, 1, 0, 1, 0, 2, 3, 0]);

        Assert.Equal([new ColumnSegment(0, 1, 4), new ColumnSegment(1, 0, 1)], mask.Segments());
    }
}
