using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class MaskOverlapTests
{
    [Property(MaxTest = 300)]
    public void Algebra_RandomMasks_AgreesWithPixels(int seed, PositiveInt width, PositiveInt height)
    {
        var random = new Random(seed);
        var (w, h) = (Math.Min(width.Get, 40), Math.Min(height.Get, 40));
        var first = TestMask.Random(random, w, h);
        var second = TestMask.Random(random, w, h);
        var (a, b) = (TestMask.Unpack(first), TestMask.Unpack(second));

        AssertSame(Combine(a, b, (x, y) => x && y), MaskOverlap.Intersect(first, second));
        AssertSame(Combine(a, b, (x, y) => x || y), MaskOverlap.Union(first, second));
        AssertSame(Combine(a, b, (x, y) => x && !y), MaskOverlap.Subtract(first, second));
        Assert.Equal(TestMask.Positions(Combine(a, b, (x, y) => x && y)).Count(), MaskOverlap.IntersectionArea(first, second));
        Assert.Equal(TestMask.Positions(Combine(a, b, (x, y) => x || y)).Count(), MaskOverlap.UnionArea(first, second));
        AssertSame(Combine(a, b, (x, y) => x || y), MaskOverlap.Union(TestMask.Set(first, second)));
    }

    [Fact]
    public void Iou_HalfCovered_IsOneThird()
    {
        var first = TestMask.Draw("##.", "##.");
        var second = TestMask.Draw(".##", ".##");

        Assert.Equal(1.0 / 3, MaskOverlap.Iou(first, second), 12);
        Assert.Equal(1.0, MaskOverlap.Iou(first, first));
    }

    [Fact]
    public void Iou_EmptyMasks_IsZero()
    {
        var empty = TestMask.Draw("..", "..");

        Assert.Equal(0, MaskOverlap.Iou(empty, empty));
        Assert.Equal(0, MaskOverlap.Iou(MaskSet.Empty, MaskSet.Empty));
    }

    [Fact]
    public void Iou_OfSets_TakesEachSetAsOneMask()
    {
        var parts = TestMask.Set(TestMask.Draw("##..", "...."), TestMask.Draw("....", "##.."));
        var whole = TestMask.Set(TestMask.Draw("##..", "##.."));

        Assert.Equal(1.0, MaskOverlap.Iou(parts, whole));
    }

    [Fact]
    public void IouMatrix_EachPair_IsTheIouOfThePair()
    {
        var random = new Random(5);
        var first = TestMask.Set(Enumerable.Range(0, 7).Select(_ => TestMask.Random(random, 12, 9)).ToArray());
        var second = TestMask.Set(Enumerable.Range(0, 5).Select(_ => TestMask.Random(random, 12, 9)).ToArray());

        var ious = MaskOverlap.IouMatrix(first, second);

        for (var i = 0; i < first.Count; i++)
        {
            for (var j = 0; j < second.Count; j++)
            {
                Assert.Equal(MaskOverlap.Iou(first[i].Segmentation, second[j].Segmentation), ious[i, j]);
            }
        }
    }

    [Fact]
    public void Intersect_RunsOfLengthZero_AreReadAsNothing()
    {
        var awkward = new RunLengthEncoding(new ImageSize(4, 3), [0, 0, 1, 2, 0, 3, 2, 0, 4]);

        var result = MaskOverlap.Intersect(awkward, awkward);

        Assert.Equal([1, 5, 6], result.Counts.ToArray());
    }

    [Fact]
    public void Iou_DifferentSizes_Throws()
    {
        var error = Assert.Throws<ArgumentException>(() => MaskOverlap.Iou(TestMask.Draw("#"), TestMask.Draw("##")));

        Assert.Contains("1x1 and 2x1", error.Message, StringComparison.Ordinal);
    }

    private static bool[,] Combine(bool[,] a, bool[,] b, Func<bool, bool, bool> combine)
    {
        var result = new bool[a.GetLength(0), a.GetLength(1)];
        for (var x = 0; x < a.GetLength(0); x++)
        {
            for (var y = 0; y < a.GetLength(1); y++)
            {
                result[x, y] = combine(a[x, y], b[x, y]);
            }
        }

        return result;
    }

    private static void AssertSame(bool[,] expected, RunLengthEncoding actual)
    {
        Assert.Equal(expected, TestMask.Unpack(actual));
        Assert.Equal(TestMask.Pack(expected).Counts.ToArray(), actual.Counts.ToArray());
    }
}
