using FsCheck;
using FsCheck.Xunit;
using MaskGen.ML.Results;
using NetTopologySuite.Geometries;

namespace MaskGen.ML.Tests.Results;

public class MaskPolygonsTests
{
    // Rounding of the distance computations alone.
    private const double Rounding = 1e-9;

    [Property(MaxTest = 500)]
    public void FromMask_RandomMask_FillsToTheSamePixelsAndIsValid(int seed, PositiveInt width, PositiveInt height)
    {
        var random = new Random(seed);
        var mask = TestMask.Random(random, Math.Min(width.Get, 48), Math.Min(height.Get, 48));

        var polygons = MaskPolygons.FromMask(mask);

        Assert.Equal(mask.Counts.ToArray(), MaskPolygons.ToMask(mask.Size, polygons).Counts.ToArray());
        Assert.Equal(mask.Area, polygons.Sum(polygon => polygon.Area));
        Assert.All(polygons.SelectMany(polygon => polygon.Holes), hole => Assert.True(MaskPolygon.SignedArea(hole) < 0));
        Assert.All(polygons.SelectMany(polygon => polygon.Rings), AssertTurnsAtEveryCorner);
        Assert.True(Geometry(polygons).IsValid);
        Assert.Equal(CountRegions(TestMask.Unpack(mask)), polygons.Count);
    }

    [Property(MaxTest = 300)]
    public void FromMask_Simplified_StaysWithinTheToleranceAndValid(int seed, PositiveInt width, PositiveInt height, NonNegativeInt tenths)
    {
        var random = new Random(seed);
        var mask = TestMask.Random(random, Math.Min(width.Get, 48), Math.Min(height.Get, 48));
        var tolerance = tenths.Get % 60 / 10.0;

        var polygons = MaskPolygons.FromMask(mask, tolerance);

        var exact = MaskPolygons.FromMask(mask);
        var geometry = Geometry(polygons);
        Assert.True(geometry.IsValid);
        Assert.Equal(exact.Count, polygons.Count);
        Assert.Equal(exact.Sum(polygon => polygon.Holes.Count), polygons.Sum(polygon => polygon.Holes.Count));
        Assert.All(Changed(mask, MaskPolygons.ToMask(mask.Size, polygons)), pixel =>
            Assert.True(geometry.Boundary.Distance(new Point(pixel.X + 0.5, pixel.Y + 0.5)) <= tolerance + Rounding));
        Assert.All(exact.SelectMany(polygon => polygon.Rings).SelectMany(ring => ring), corner =>
            Assert.True(geometry.Boundary.Distance(new Point(corner.X, corner.Y)) <= tolerance + Rounding));
    }

    [Fact]
    public void FromMask_RingWithIsland_HasAHoleAndASecondPolygon()
    {
        var mask = TestMask.Draw(
            "#####",
            "#...#",
            "#.#.#",
            "#...#",
            "#####");

        var polygons = MaskPolygons.FromMask(mask);

        Assert.Equal(2, polygons.Count);
        Assert.Equal([new(0, 0), new(5, 0), new(5, 5), new(0, 5)], Rotated(polygons[0].Exterior));
        Assert.Equal([new(1, 1), new(1, 4), new(4, 4), new(4, 1)], Rotated(polygons[0].Holes.Single()));
        Assert.Equal([new(2, 2), new(3, 2), new(3, 3), new(2, 3)], Rotated(polygons[1].Exterior));
    }

    [Fact]
    public void FromMask_PixelsThatMeetAtACorner_AreTwoPolygons()
    {
        var polygons = MaskPolygons.FromMask(TestMask.Draw("#.", ".#"));

        Assert.Equal(2, polygons.Count);
        Assert.All(polygons, polygon => Assert.Equal(1, polygon.Area));
    }

    [Fact]
    public void FromMask_BaySealedByACorner_IsAHoleThatTouches()
    {
        var polygons = MaskPolygons.FromMask(TestMask.Draw(
            "###",
            "#.#",
            "##."));

        var polygon = Assert.Single(polygons);
        Assert.Equal([new(1, 1), new(1, 2), new(2, 2), new(2, 1)], Rotated(polygon.Holes.Single()));
        Assert.True(Geometry(polygons).IsValid);
    }

    [Fact]
    public void FromMask_Empty_HasNoPolygons()
    {
        Assert.Empty(MaskPolygons.FromMask(TestMask.Draw("..", "..")));
        Assert.Empty(MaskPolygons.FromMask(TestMask.Draw("..", ".."), tolerance: 2));
    }

    [Fact]
    public void FromMask_DiscAtTolerance1_NeedsFewCornersAndKeepsItsShape()
    {
        const int Side = 200;
        var pixels = new bool[Side, Side];
        for (var x = 0; x < Side; x++)
        {
            for (var y = 0; y < Side; y++)
            {
                pixels[x, y] = Math.Pow(x - 100, 2) + Math.Pow(y - 100, 2) < 80 * 80;
            }
        }

        var mask = TestMask.Pack(pixels);
        var exact = MaskPolygons.FromMask(mask).Single().Exterior.Count;
        var simplified = MaskPolygons.FromMask(mask, tolerance: 1);

        Assert.InRange(simplified.Single().Exterior.Count, 8, exact / 8);
        Assert.InRange(MaskOverlap.Iou(mask, MaskPolygons.ToMask(mask.Size, simplified)), 0.97, 1);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void FromMask_BadTolerance_Throws(double tolerance) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => MaskPolygons.FromMask(TestMask.Draw("#"), tolerance));

    [Fact]
    public void Equals_Polygons_GoesByTheCorners()
    {
        PolygonPoint[] corners = [new(0, 0), new(9, 0), new(9, 9), new(0, 9)];
        var polygon = new MaskPolygon { Exterior = corners, Holes = [[new(1, 1), new(1, 2), new(2, 1)]] };
        var same = new MaskPolygon { Exterior = [.. corners], Holes = [[new(1, 1), new(1, 2), new(2, 1)]] };

        Assert.Equal(polygon, same);
        Assert.Equal(polygon.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(polygon, polygon with { Holes = [] });
        Assert.NotEqual(polygon, polygon with { Holes = [[new(1, 1), new(1, 2), new(2, 2)]] });
        Assert.NotEqual(polygon, polygon with { Exterior = corners[..3] });
        corners[0] = new(5, 5);
        Assert.Equal(polygon, same);
        Assert.Equal("Polygon of 4 corners with 1 hole", polygon.ToString());
    }

    [Fact]
    public void ToMask_PolygonsThatOverlapAndLeaveTheImage_AreJoinedAndCut()
    {
        MaskPolygon[] polygons =
        [
            new() { Exterior = [new(-3, -3), new(2, -3), new(2, 2), new(-3, 2)] },
            new() { Exterior = [new(1, 1), new(9, 1), new(9, 9), new(1, 9)] },
        ];

        var mask = MaskPolygons.ToMask(new ImageSize(3, 3), polygons);

        Assert.Equal(TestMask.Draw("##.", "###", ".##").Counts.ToArray(), mask.Counts.ToArray());
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.NaN)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(1, double.NegativeInfinity)]
    [InlineData(double.MaxValue, 1)]
    [InlineData(1, -1e13)]
    public void ToMask_CornerThatIsNowhere_IsRefusedByName(double x, double y)
    {
        var fine = new MaskPolygon { Exterior = [new(0, 0), new(2, 0), new(2, 2)] };
        var hole = fine with { Holes = [[new(1, 1), new(x, y), new(1, 2)]] };

        var error = Assert.Throws<ArgumentException>(() => MaskPolygons.ToMask(new ImageSize(3, 3), [fine, hole]));

        Assert.Contains("Polygon 1", error.Message, StringComparison.Ordinal);
        Assert.Contains($"({x}, {y})", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToMask_NullsInside_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => MaskPolygons.ToMask(new ImageSize(3, 3), [null!]));
        Assert.Throws<ArgumentNullException>(() => new MaskPolygon { Exterior = null! });
        Assert.Throws<ArgumentNullException>(() => new MaskPolygon { Exterior = [], Holes = [null!] });
    }

    [Fact]
    public void ToMask_PolygonFarBeyondTheImage_CoversIt()
    {
        const double Far = 1e12;

        var mask = MaskPolygons.ToMask(
            new ImageSize(30, 20), [new MaskPolygon { Exterior = [new(-Far, -Far), new(Far, -Far), new(Far, Far), new(-Far, Far)] }]);

        Assert.Equal([0, 600], mask.Counts.ToArray());
    }

    private static void AssertTurnsAtEveryCorner(IReadOnlyList<PolygonPoint> ring)
    {
        Assert.Equal(ring.Count, ring.Distinct().Count());
        for (var i = 0; i < ring.Count; i++)
        {
            var (a, b, c) = (ring[i], ring[(i + 1) % ring.Count], ring[(i + 2) % ring.Count]);
            Assert.NotEqual(a.X == b.X, b.X == c.X);
        }
    }

    private static IEnumerable<(int X, int Y)> Changed(RunLengthEncoding first, RunLengthEncoding second) =>
        TestMask.Positions(TestMask.Unpack(MaskOverlap.Subtract(MaskOverlap.Union(first, second), MaskOverlap.Intersect(first, second))));

    private static PolygonPoint[] Rotated(IReadOnlyList<PolygonPoint> ring)
    {
        var first = Enumerable.Range(0, ring.Count).MinBy(index => (ring[index].X, ring[index].Y));
        return [.. ring.Skip(first), .. ring.Take(first)];
    }

    private static MultiPolygon Geometry(IEnumerable<MaskPolygon> polygons)
    {
        static LinearRing Ring(IReadOnlyList<PolygonPoint> corners) =>
            new([.. corners.Append(corners[0]).Select(corner => new Coordinate(corner.X, corner.Y))]);
        return new MultiPolygon([.. polygons.Select(polygon => new Polygon(Ring(polygon.Exterior), [.. polygon.Holes.Select(Ring)]))]);
    }

    private static int CountRegions(bool[,] pixels)
    {
        var regions = 0;
        foreach (var start in TestMask.Positions(pixels))
        {
            regions += pixels[start.X, start.Y] ? 1 : 0;
            var open = new Stack<(int X, int Y)>([start]);
            while (open.TryPop(out var at))
            {
                if (at.X >= 0 && at.Y >= 0 && at.X < pixels.GetLength(0) && at.Y < pixels.GetLength(1) && pixels[at.X, at.Y])
                {
                    pixels[at.X, at.Y] = false;
                    open.Push((at.X + 1, at.Y));
                    open.Push((at.X - 1, at.Y));
                    open.Push((at.X, at.Y + 1));
                    open.Push((at.X, at.Y - 1));
                }
            }
        }

        return regions;
    }
}
