using FsCheck.Xunit;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Tests.Masks;

public class MaskRegionsTests
{
    [Property(MaxTest = 500)]
    public void FillHoles_AnyMask_AgreesWithTheNaiveTwin(byte width, byte height, int seed, byte area)
    {
        var (size, mask) = RunLengthEncodingTests.RandomMask(width, height, seed);

        var filled = MaskRegions.FillHoles(RunLengthEncoding.FromMask(size, mask), area % 30);

        Assert.Equal(NaiveMaskRegions.FillHoles(size, mask, area % 30), filled.ToMask());
    }

    [Property(MaxTest = 500)]
    public void RemoveIslands_AnyMask_AgreesWithTheNaiveTwin(byte width, byte height, int seed, byte area)
    {
        var (size, mask) = RunLengthEncodingTests.RandomMask(width, height, seed);

        var cleaned = MaskRegions.RemoveIslands(RunLengthEncoding.FromMask(size, mask), area % 30);

        Assert.Equal(NaiveMaskRegions.RemoveIslands(size, mask, area % 30), cleaned.ToMask());
    }

    [Fact]
    public void RemoveIslands_NothingSmall_GivesTheMaskItself()
    {
        var mask = RunLengthEncoding.FromCounts(new ImageSize(4, 4), [5, 2, 9]);

        Assert.Same(mask, MaskRegions.RemoveIslands(mask, 2));
    }

    [Fact]
    public void RemoveIslands_AllSmallAndEqual_KeepsTheOneThatOpenCvMeetsFirst()
    {
        // Lower left and upper right pixel: the upper one is met first although its column comes last.
        var mask = RunLengthEncoding.FromCounts(new ImageSize(4, 4), [3, 1, 8, 1, 3]);

        Assert.Equal([12, 1, 3], MaskRegions.RemoveIslands(mask, 2).Counts);
    }

    [Fact]
    public void RemoveIslands_TouchingAtACorner_AreOne()
    {
        var mask = RunLengthEncoding.FromMask(new ImageSize(2, 2), [true, false, false, true]);

        Assert.Same(mask, MaskRegions.RemoveIslands(mask, 2));
    }
}
