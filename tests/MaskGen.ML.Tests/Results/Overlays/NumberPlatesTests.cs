using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

public class NumberPlatesTests
{
    private static readonly ImageSize PlateSize = new(15, 9);

    [Fact]
    public void Find_MasksOverEachOther_StandInsideWhatIsSeenOfEach()
    {
        var size = new ImageSize(120, 80);
        var masks = TestMask.Set(ReportPages.Disc(size, 60, 40, 38), ReportPages.Disc(size, 45, 40, 14));

        var plates = Find(masks);

        Assert.Equal([0, 1], plates.Select(plate => plate.Mask));
        Assert.All(plates, plate => Assert.Null(plate.Anchor));
        AssertWithin(masks, plates);
    }

    [Fact]
    public void Find_SmallMask_StandsBesideItWithALineFromIt()
    {
        var size = new ImageSize(120, 80);
        var masks = TestMask.Set(ReportPages.Disc(size, 60, 40, 4));

        var plate = Assert.Single(Find(masks));

        Assert.NotNull(plate.Anchor);
        Assert.True(masks[0].Segmentation.ToMask()[(plate.Anchor.Value.Y * 120) + plate.Anchor.Value.X]);
        AssertInImage(size, plate);
        Assert.DoesNotContain(Pixels(plate), pixel => masks[0].Segmentation.ToMask()[(pixel.Y * 120) + pixel.X]);
    }

    [Fact]
    public void Find_SliverOfAHiddenMask_HasNoNumber()
    {
        // Of the second three columns are seen to the left of the first, which is smaller.
        var size = new ImageSize(120, 80);
        var masks = TestMask.Set(Box(size, 23, 10, 100, 70), Box(size, 20, 10, 100, 70));

        Assert.Equal([0], Find(masks).Select(plate => plate.Mask));
    }

    [Fact]
    public void Find_CoveredMask_HasNoNumber()
    {
        var corner = Box(new ImageSize(60, 40), 5, 5, 50, 35);

        Assert.Equal([0], Find(TestMask.Set(corner, corner)).Select(plate => plate.Mask));
    }

    [Fact]
    public void Find_ImageSmallerThanAPlate_HasNoNumbers() =>
        Assert.Empty(Find(TestMask.Set(TestMask.Draw("####", "####", "####", "####", "####", "####"))));

    [Theory]
    [InlineData(400, 300, 40)]
    [InlineData(700, 500, 300)]
    [InlineData(3000, 2000, 200)]
    [InlineData(300, 2500, 60)]
    public void Find_ManyMasks_NoPlateOverlapsAnotherNorLeavesTheImage(int width, int height, int count)
    {
        var size = new ImageSize(width, height);
        var (_, masks) = ReportPages.ManyDiscs(size, count);

        var plates = Find(masks, new ImageSize(Math.Max(width, height) / 24, Math.Max(width, height) / 40));

        Assert.InRange(plates.Count, 5, count);
        Assert.Contains(plates, plate => plate.Anchor is not null);
        foreach (var (plate, place) in plates.Select((plate, place) => (plate, place)))
        {
            AssertInImage(size, plate);
            Assert.All(plates.Take(place), other => Assert.True(
                plate.Right <= other.Left || other.Right <= plate.Left || plate.Bottom <= other.Top || other.Bottom <= plate.Top));
        }

        // No line runs under another number.
        foreach (var plate in plates.Where(plate => plate.Anchor is not null))
        {
            var (from, to) = (plate.Anchor!.Value, plate.NearestTo(plate.Anchor.Value));
            foreach (var other in plates.Where(other => other != plate))
            {
                Assert.DoesNotContain(Enumerable.Range(0, 41), step =>
                {
                    var (x, y) = (from.X + ((to.X - from.X) * step / 40), from.Y + ((to.Y - from.Y) * step / 40));
                    return x >= other.Left && x < other.Right && y >= other.Top && y < other.Bottom;
                });
            }
        }
    }

    [Theory]
    [InlineData(60, 40)]
    [InlineData(30, 40)]
    [InlineData(0, 0)]
    public void Find_MarkOverAMask_IsNeverCovered(float x, float y)
    {
        var size = new ImageSize(120, 80);
        var mark = new DrawnMark(x, y, 10);
        var large = TestMask.Set(ReportPages.Disc(size, 60, 40, 38));
        var small = TestMask.Set(ReportPages.Disc(size, 60, 40, 4), ReportPages.Disc(size, 20, 20, 3));

        foreach (var plate in new[] { large, small }.SelectMany(masks => Find(masks, marks: [mark])))
        {
            AssertInImage(size, plate);
            Assert.DoesNotContain(Pixels(plate), pixel => Math.Abs(pixel.X + 0.5 - x) < 10 && Math.Abs(pixel.Y + 0.5 - y) < 10);
        }

        Assert.Single(Find(large, marks: [mark]));
    }

    [Fact]
    public void Find_LargeImage_LooksAtAGridOfBoundedSize()
    {
        var size = new ImageSize(6000, 4000);
        var masks = TestMask.Set(Box(size, 100, 100, 3000, 3000));
        var visible = VisibleMasks.Of(masks, [0], []);

        Assert.Equal(new ImageSize(1024, 683), visible.Size);
        var plate = Assert.Single(NumberPlates.Find(visible, _ => new ImageSize(200, 120)));
        Assert.InRange(plate.Left, 100, 2800);
        Assert.InRange(plate.Top, 100, 2880);
        Assert.Null(plate.Anchor);
    }

    [Fact]
    public void Depths_OfRandomMasks_AreDistancesToWhatIsNotTheirs()
    {
        var random = new Random(5);
        for (var run = 0; run < 60; run++)
        {
            var (width, height) = (random.Next(1, 14), random.Next(1, 14));
            var visible = VisibleMasks.Of(
                TestMask.Set([.. Enumerable.Range(0, 3).Select(_ => TestMask.Random(random, width, height))]), [0, 1, 2], []);

            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    Assert.Equal(Depth(visible, x, y), visible.Depths[(y * width) + x]);
                }
            }
        }
    }

    private static IReadOnlyList<NumberPlate> Find(MaskSet masks, ImageSize? plate = null, params DrawnMark[] marks) =>
        NumberPlates.Find(VisibleMasks.Of(masks, Enumerable.Range(0, masks.Count), marks), _ => plate ?? PlateSize);

    private static RunLengthEncoding Box(ImageSize size, int left, int top, int right, int bottom) => RunLengthEncoding.FromMask(
        size,
        [.. Enumerable.Range(0, (int)size.PixelCount).Select(i => (X: i % size.Width, Y: i / size.Width))
            .Select(at => at.X >= left && at.X < right && at.Y >= top && at.Y < bottom)]);

    private static void AssertWithin(MaskSet masks, IEnumerable<NumberPlate> plates)
    {
        var map = LabelMap.FromMasks(masks);
        foreach (var plate in plates)
        {
            Assert.All(Pixels(plate), pixel => Assert.Equal(plate.Mask + 1, map[pixel.X, pixel.Y]));
        }
    }

    private static void AssertInImage(ImageSize size, NumberPlate plate) =>
        Assert.True(plate.Left >= 0 && plate.Top >= 0 && plate.Right <= size.Width && plate.Bottom <= size.Height);

    private static IEnumerable<PixelPlace> Pixels(NumberPlate plate) =>
        from y in Enumerable.Range(plate.Top, plate.Size.Height)
        from x in Enumerable.Range(plate.Left, plate.Size.Width)
        select new PixelPlace(x, y);

    // City-block distance to the nearest cell of something else, or to the first beyond the edge.
    private static int Depth(VisibleMasks visible, int x, int y)
    {
        var edge = Math.Min(Math.Min(x + 1, y + 1), Math.Min(visible.Size.Width - x, visible.Size.Height - y));
        return (from otherY in Enumerable.Range(0, visible.Size.Height)
                from otherX in Enumerable.Range(0, visible.Size.Width)
                where visible[otherX, otherY] != visible[x, y]
                select Math.Abs(otherX - x) + Math.Abs(otherY - y)).Append(edge).Min();
    }
}
