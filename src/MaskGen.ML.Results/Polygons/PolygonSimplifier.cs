using NetTopologySuite.Geometries;
using NetTopologySuite.Simplify;

namespace MaskGen.ML.Results;

/// <summary>Removes corners of outlines within an error bound, with NetTopologySuite's topology-preserving Douglas-Peucker.</summary>
/// <remarks>The library keeps outlines from crossing each other and checks that the result is valid, which is the hard part. It does not
/// guarantee the bound: it drops the first corner of an outline by another rule, which may exceed the tolerance. So corners are put back
/// until every removed one is near. Should the result be invalid then, a smaller tolerance is tried, and in the end the outlines stay as
/// they are.</remarks>
internal static class PolygonSimplifier
{
    // Corners of pixel outlines are a whole pixel apart: far below that none can be left out.
    private const double SmallestTolerance = 1.0 / 128;

    private static readonly GeometryFactory Factory = new();

    public static IReadOnlyList<MaskPolygon> Simplify(IReadOnlyList<MaskPolygon> polygons, double tolerance)
    {
        var exact = ToMultiPolygon(polygons);
        for (var attempt = tolerance; attempt >= SmallestTolerance; attempt /= 2)
        {
            var simplified = FromMultiPolygon(TopologyPreservingSimplifier.Simplify(exact, attempt));
            if (TryHoldTo(tolerance, polygons, simplified) is { } result && ToMultiPolygon(result).IsValid)
            {
                return result;
            }
        }

        return polygons;
    }

    private static MultiPolygon ToMultiPolygon(IEnumerable<MaskPolygon> polygons) => Factory.CreateMultiPolygon(
        [.. polygons.Select(polygon => Factory.CreatePolygon(ToRing(polygon.Exterior), [.. polygon.Holes.Select(ToRing)]))]);

    private static LinearRing ToRing(IReadOnlyList<PolygonPoint> corners) =>
        Factory.CreateLinearRing([.. corners.Append(corners[0]).Select(corner => new Coordinate(corner.X, corner.Y))]);

    private static List<MaskPolygon> FromMultiPolygon(Geometry geometry)
    {
        var polygons = new List<MaskPolygon>();
        for (var i = 0; i < geometry.NumGeometries; i++)
        {
            if (geometry.GetGeometryN(i) is Polygon { IsEmpty: false } polygon)
            {
                polygons.Add(new MaskPolygon { Exterior = FromRing(polygon.Shell), Holes = [.. polygon.Holes.Select(FromRing)] });
            }
        }

        return polygons;
    }

    private static PolygonPoint[] FromRing(LinearRing ring) =>
        [.. ring.Coordinates.SkipLast(1).Select(corner => new PolygonPoint(corner.X, corner.Y))];

    // Puts corners back where the outlines stray further than the tolerance; null when outlines were lost.
    private static List<MaskPolygon>? TryHoldTo(double tolerance, IReadOnlyList<MaskPolygon> exact, List<MaskPolygon> simplified)
    {
        if (exact.Count != simplified.Count)
        {
            return null;
        }

        var held = new List<MaskPolygon>(exact.Count);
        for (var i = 0; i < exact.Count; i++)
        {
            var rings = exact[i].Rings
                .Zip(simplified[i].Rings, (full, few) => TryHoldTo(tolerance, full, few))
                .OfType<List<PolygonPoint>>()
                .ToList();
            if (rings.Count != exact[i].Holes.Count + 1 || exact[i].Holes.Count != simplified[i].Holes.Count)
            {
                return null;
            }

            held.Add(new MaskPolygon { Exterior = rings[0], Holes = rings[1..] });
        }

        return held;
    }

    // The kept corners are some of the exact ones, in order. When all that was left out between two of them lies within the tolerance
    // of the side that replaces it, then so does everything in between, and no point inside or outside moves further than that.
    private static List<PolygonPoint>? TryHoldTo(
        double tolerance, IReadOnlyList<PolygonPoint> exact, IReadOnlyList<PolygonPoint> simplified)
    {
        var start = IndexOf(exact, simplified[0]);
        if (start < 0)
        {
            return null;
        }

        // The exact outline once around from the first kept corner, which closes it.
        PolygonPoint[] around = [.. exact.Skip(start), .. exact.Take(start + 1)];
        var held = new List<PolygonPoint>();
        var from = 0;
        for (var i = 1; i <= simplified.Count; i++)
        {
            var to = Array.IndexOf(around, simplified[i % simplified.Count], from + 1);
            if (to < 0)
            {
                return null;
            }

            AddSide(around, from, to, tolerance, held);
            from = to;
        }

        return Math.Sign(MaskPolygon.SignedArea(held)) == Math.Sign(MaskPolygon.SignedArea(exact)) ? held : null;
    }

    // Adds the corner a side starts from and, before its end, those that must come back: first the one furthest from the side.
    private static void AddSide(PolygonPoint[] around, int from, int to, double tolerance, List<PolygonPoint> held)
    {
        var (furthest, distance) = (from, tolerance);
        for (var i = from + 1; i < to; i++)
        {
            if (Distance(around[i], around[from], around[to]) is var found && found > distance)
            {
                (furthest, distance) = (i, found);
            }
        }

        if (furthest == from)
        {
            held.Add(around[from]);
            return;
        }

        AddSide(around, from, furthest, tolerance, held);
        AddSide(around, furthest, to, tolerance, held);
    }

    private static int IndexOf(IReadOnlyList<PolygonPoint> corners, PolygonPoint corner)
    {
        for (var i = 0; i < corners.Count; i++)
        {
            if (corners[i] == corner)
            {
                return i;
            }
        }

        return -1;
    }

    private static double Distance(PolygonPoint point, PolygonPoint from, PolygonPoint to)
    {
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var along = (((point.X - from.X) * dx) + ((point.Y - from.Y) * dy)) / ((dx * dx) + (dy * dy));
        along = Math.Clamp(along, 0, 1);
        return Math.Sqrt(Math.Pow(point.X - from.X - (along * dx), 2) + Math.Pow(point.Y - from.Y - (along * dy), 2));
    }
}
