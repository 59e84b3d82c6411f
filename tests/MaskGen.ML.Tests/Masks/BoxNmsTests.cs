using FsCheck.Xunit;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Tests.Masks;

public class BoxNmsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Keep_OverlappingBoxes_KeepsTheBetter()
    {
        BoxXyxy[] boxes = [new(0, 0, 10, 10), new(1, 0, 10, 10), new(20, 20, 30, 30)];

        Assert.Equal([1, 2], BoxNms.Keep(boxes, [0.5f, 0.9f, 0.1f], 0.7f, Token));
    }

    [Fact]
    public void Keep_Cancelled_Throws()
    {
        Assert.Throws<OperationCanceledException>(
            () => BoxNms.Keep([new(0, 0, 10, 10)], [0.5f], 0.7f, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Keep_EqualScores_KeepTheirOrder()
    {
        BoxXyxy[] boxes = [new(0, 0, 1, 1), new(5, 5, 6, 6), new(0, 0, 1, 1)];

        Assert.Equal([0, 1], BoxNms.Keep(boxes, [0.5f, 0.5f, 0.5f], 0.7f, Token));
    }

    [Fact]
    public void Keep_ABoxWhoseSuppressorIsSuppressed_Stays()
    {
        BoxXyxy[] boxes = [new(0, 0, 10, 10), new(3, 0, 13, 10), new(6, 0, 16, 10)];

        // The second falls to the first; the third overlaps only the second enough.
        Assert.Equal([0, 2], BoxNms.Keep(boxes, [0.9f, 0.8f, 0.7f], 0.5f, Token));
    }

    [Fact]
    public void Keep_ThresholdOne_KeepsAllInOrderOfScore()
    {
        BoxXyxy[] boxes = [new(0, 0, 1, 1), new(0, 0, 1, 1)];

        Assert.Equal([1, 0], BoxNms.Keep(boxes, [0.1f, 0.2f], 1, Token));
    }

    [Fact]
    public void Keep_BoxesWithoutArea_FallToTheirEquals()
    {
        BoxXyxy[] boxes = [new(3, 3, 3, 3), new(3, 3, 3, 9), new(3, 3, 3, 3), new(3, 3, 3, 9)];

        Assert.Equal([2, 1], BoxNms.Keep(boxes, [0.5f, 0.4f, 0.6f, 0.4f], 0.7f, Token));
    }

    // Masks one pixel high or wide have boxes without area: the extent is that of pixel indices.
    [Fact]
    public void Keep_NearlyEqualLines_KeepsTheBest()
    {
        BoxXyxy[] boxes =
            [new(10, 7, 110, 7), new(11, 7, 111, 7), new(10, 7, 109, 7), new(10, 8, 110, 8), new(200, 7, 300, 7), new(4, 0, 4, 90),
                new(4, 1, 4, 90)];

        Assert.Equal([1, 4, 3, 5], BoxNms.Keep(boxes, [0.8f, 0.9f, 0.7f, 0.5f, 0.6f, 0.4f, 0.3f], 0.7f, Token));
    }

    [Theory]
    [InlineData(0, 0, 9, 0, 0, 0, 9, 0, 1)]
    [InlineData(0, 0, 9, 0, 1, 0, 10, 0, 9.0 / 11)]
    [InlineData(0, 0, 9, 0, 10, 0, 19, 0, 0)]
    [InlineData(0, 0, 9, 0, 9, 0, 18, 0, 1.0 / 19)]
    [InlineData(0, 0, 9, 0, 0, 0, 0, 9, 1.0 / 19)]
    [InlineData(5, 5, 5, 5, 5, 5, 5, 5, 1)]
    [InlineData(5, 5, 5, 5, 6, 5, 6, 5, 0)]
    [InlineData(0, 3, 9, 3, 0, 3, 9, 4, 0)]
    public void Iou_BoxesWithoutArea_CountsTheLastPixelWhereBothHaveNone(
        float ax0, float ay0, float ax1, float ay1, float bx0, float by0, float bx1, float by1, double expected)
    {
        var (a, b) = (new BoxXyxy(ax0, ay0, ax1, ay1), new BoxXyxy(bx0, by0, bx1, by1));

        Assert.Equal(expected, BoxNms.Iou(a, b), 1e-6);
        Assert.Equal(expected, BoxNms.Iou(b, a), 1e-6);
    }

    // What torchvision computes, as it computes it.
    [Property(MaxTest = 1000)]
    public void Iou_BoxesWithArea_IsTorchvisions(int seed)
    {
        var random = new Random(seed);
        var (a, b) = (RandomBox(random), RandomBox(random));
        var intersection = Math.Max(Math.Min(a.X1, b.X1) - Math.Max(a.X0, b.X0), 0) * Math.Max(
            Math.Min(a.Y1, b.Y1) - Math.Max(a.Y0, b.Y0), 0);
        var union = (a.Width * a.Height) + (b.Width * b.Height) - intersection;

        if (union > 0)
        {
            Assert.Equal(intersection / union, BoxNms.Iou(a, b));
        }
        else
        {
            Assert.InRange(BoxNms.Iou(a, b), 0, 1);
        }
    }

    [Property]
    public void Keep_AnyBoxes_LeavesNoTwoOverTheThresholdAndDropsNoneWithoutReason(int seed, byte count)
    {
        var random = new Random(seed);
        BoxXyxy[] boxes = [.. Enumerable.Range(0, count % 40).Select(_ => RandomBox(random))];
        float[] scores = [.. boxes.Select(_ => random.Next(8) / 8f)];

        var kept = BoxNms.Keep(boxes, scores, 0.5f);

        Assert.All(kept, a => Assert.All(kept, b => Assert.True(a == b || !(BoxNms.Iou(boxes[a], boxes[b]) > 0.5f))));
        Assert.All(
            Enumerable.Range(0, boxes.Length).Except(kept),
            gone => Assert.Contains(kept, better => scores[better] >= scores[gone] && BoxNms.Iou(boxes[better], boxes[gone]) > 0.5f));
    }

    private static BoxXyxy RandomBox(Random random)
    {
        var (x, y) = (random.Next(20), random.Next(20));
        return new BoxXyxy(x, y, x + random.Next(20), y + random.Next(20));
    }
}
