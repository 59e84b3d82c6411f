using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Masks;
using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Masks;

/// <summary>Numbers near and beyond 2^31: refused with value and limit, or right; without the memory that such images would take.</summary>
public class MaskSizesTests
{
    private const int Most = int.MaxValue;

    // 46,341 is the first whole number whose square is beyond 2^31 - 1.
    public static TheoryData<int, int> TooLarge() => new()
    {
        { 50_000, 50_000 },
        { 46_341, 46_341 },
        { 65_536, 32_768 },
        { Most, 2 },
        { 2, Most },
        { Most, Most },
        { int.MinValue, int.MinValue },
        { -2, -3 },
        { -1, 5 },
        { 5, -1 },
    };

    [Theory]
    [MemberData(nameof(TooLarge))]
    public void EveryDoor_SizeThatNoMaskCanHave_IsRefusedWithValueAndLimit(int width, int height)
    {
        var size = new ImageSize(width, height);
        var small = RunLengthEncoding.FromMask(new ImageSize(1, 1), [true]);
        Action[] doors =
        [
            () => RunLengthEncoding.FromCounts(size, [1]),
            () => RunLengthEncoding.FromMask(size, [true]),
            () => CocoRle.Decode(size, "1"),
            () => MaskPolygons.ToMask(size, []),
            () => MaskPolygons.ToMask(size, [new MaskPolygon { Exterior = [new(0, 0), new(50, 0), new(50, 50), new(0, 50)] }]),
            () => _ = new MaskSet(size, []),
            () => small.PlaceIn(size, 0, 0),
            () => _ = new MaskUpsampler(32, size),
            () => _ = new SetRunBuilder(size),
        ];
        foreach (var door in doors)
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(door);
            Assert.Contains($"found {size}", error.Message, StringComparison.Ordinal);
            Assert.Contains(width < 0
                || height < 0 ? "sides of 0 or more" : $"at most {Most} pixels", error.Message, StringComparison.Ordinal);
        }
    }

    [Property(MaxTest = 300)]
    public void FromCounts_NearTheLimit_IsRightOrRefused(PositiveInt side, DoNotSize<int> seed)
    {
        var random = new Random(seed.Item);
        var width = random.Next(1, 1 << random.Next(1, 31));

        // On both sides of the limit.
        var height = (int)Math.Min((Most / (long)width) + random.Next(-1, 2), Most);
        var size = new ImageSize(width, Math.Max(height, 1));
        if (size.PixelCount > Most)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => RunLengthEncoding.FromCounts(size, []));
            return;
        }

        var pixels = (int)size.PixelCount;
        var first = random.Next(pixels);
        var set = Math.Min(side.Get, pixels - first);
        int[] counts = [first, set, pixels - first - set];
        var mask = RunLengthEncoding.FromCounts(size, counts);

        Assert.Equal(set, mask.Area);
        Assert.Equal(counts, CocoRle.Decode(size, CocoRle.Encode(mask)).Counts);
        Assert.Equal(set, MaskOverlap.IntersectionArea(mask, mask));
        Assert.Equal(1, MaskOverlap.Iou(mask, mask));
        var extent = PixelExtent.Of(mask);
        var end = (long)first + set - 1;
        Assert.Equal(first / size.Height, extent.Left);
        Assert.Equal((end / size.Height) + 1, extent.Right);

        // All but the mask, by taking it from the whole image: as many pixels as are left.
        var whole = RunLengthEncoding.FromCounts(size, [0, pixels]);
        var rest = MaskOverlap.Subtract(whole, mask);
        Assert.Equal((long)pixels - set, rest.Area);
        Assert.Equal(pixels, MaskOverlap.Union(rest, mask).Area);
        Assert.Equal(pixels, MaskOverlap.UnionArea(rest, mask));
    }

    [Theory]
    [InlineData(46_340, 46_340)]
    [InlineData(Most, 1)]
    [InlineData(32_768, 65_535)]
    public void ToMask_SquareInTheLargestImages_HasItsArea(int width, int height)
    {
        var size = new ImageSize(width, height);
        var (left, top) = (width - 60, Math.Max(height - 55, 0));
        var side = Math.Min(height, 50);

        var mask = MaskPolygons.ToMask(
            size,
            [new MaskPolygon { Exterior = [new(left, top), new(left + 50, top), new(left + 50, top + side), new(left, top + side)] }]);

        Assert.Equal(50 * side, mask.Area);
        Assert.Equal(size.PixelCount, mask.Counts.ToArray().Sum(count => (long)count));
        Assert.Equal(new PixelExtent(left, top, left + 50, top + side), PixelExtent.Of(mask));
        Assert.Equal(50.0 * side, MaskPolygons.FromMask(mask).Sum(polygon => polygon.Area));
    }

    [Fact]
    public void PlaceIn_FarCorner_IsThereAndOutsideIsRefused()
    {
        var image = new ImageSize(46_340, 46_340);
        var mask = RunLengthEncoding.FromCounts(new ImageSize(3, 2), [0, 6]);

        var placed = mask.PlaceIn(image, 46_337, 46_338);

        Assert.Equal(6, placed.Area);
        Assert.Equal(new PixelExtent(46_337, 46_338, 46_340, 46_340), PixelExtent.Of(placed));
        Assert.Throws<ArgumentOutOfRangeException>(() => mask.PlaceIn(image, 46_338, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => mask.PlaceIn(image, 0, 46_339));
        Assert.Throws<ArgumentOutOfRangeException>(() => mask.PlaceIn(image, -1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => mask.PlaceIn(image, int.MaxValue, int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => mask.PlaceIn(new ImageSize(3, 2), 0, 1));
    }

    [Fact]
    public void Unpack_MorePixelsThanAnArrayHolds_IsRefused()
    {
        var size = new ImageSize(Most, 1);
        var mask = RunLengthEncoding.FromCounts(size, [Most]);

        Assert.Contains($"{Most}", Assert.Throws<InvalidOperationException>(mask.ToMask).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromCounts_SumBeyond31Bits_IsRefused()
    {
        var size = new ImageSize(46_340, 46_340);

        Assert.Throws<ArgumentException>(() => RunLengthEncoding.FromCounts(size, [Most, Most, Most]));
        Assert.Throws<FormatException>(
            () => CocoRle.Decode(size, CocoRle.Encode(RunLengthEncoding.FromCounts(new ImageSize(Most, 1), [Most]))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(46_341)]
    [InlineData(65_536)]
    [InlineData(int.MaxValue)]
    public void PointGrid_BeyondTheType_IsRefused(int pointsPerSide) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PointGrid.Regular(pointsPerSide));
}
