namespace MaskGen.ML.Results;

/// <summary>Joins all outlines of a mask into one, for formats that have a single outline per object and no holes.</summary>
/// <remarks>From each outline a bridge of no width leads to the next, there and back, between the corners that lie nearest: what it
/// encloses stays the same by the even-odd rule. Ultralytics' own converter of COCO data sets joins the parts of an object likewise
/// (ultralytics/data/converter.py, merge_multi_segment).</remarks>
internal static class JoinedOutline
{
    // The nearest corners of a few thousand outlines would take minutes to find; beyond, bridges begin at the last corner.
    private const long MostComparisons = 1 << 25;

    /// <summary>Joins outlines.</summary>
    /// <param name="polygons">At least one.</param>
    /// <returns>Corners of one closed outline; the first is not repeated.</returns>
    public static IReadOnlyList<PolygonPoint> Of(IReadOnlyList<MaskPolygon> polygons)
    {
        var joined = new List<PolygonPoint>(polygons[0].Exterior);
        var comparisonsLeft = MostComparisons;
        foreach (var ring in polygons.SelectMany(polygon => polygon.Rings).Skip(1))
        {
            comparisonsLeft -= (long)joined.Count * ring.Count;
            var (at, from) = comparisonsLeft >= 0 ? Nearest(joined, ring) : (joined.Count - 1, 0);
            joined.InsertRange(at + 1, Detour(joined[at], ring, from));
        }

        return joined;
    }

    // Around the ring and back. Where the ring touches the corner that it is left from, no bridge is needed.
    private static IEnumerable<PolygonPoint> Detour(PolygonPoint corner, IReadOnlyList<PolygonPoint> ring, int from)
    {
        var isTouching = ring[from] == corner;
        for (var i = isTouching ? 1 : 0; i <= ring.Count; i++)
        {
            yield return ring[(from + i) % ring.Count];
        }

        if (!isTouching)
        {
            yield return corner;
        }
    }

    private static (int At, int From) Nearest(List<PolygonPoint> joined, IReadOnlyList<PolygonPoint> ring)
    {
        var (nearest, distance) = ((0, 0), double.PositiveInfinity);
        for (var i = 0; i < joined.Count; i++)
        {
            for (var j = 0; j < ring.Count; j++)
            {
                var (dx, dy) = (joined[i].X - ring[j].X, joined[i].Y - ring[j].Y);
                if ((dx * dx) + (dy * dy) is var found && found < distance)
                {
                    (nearest, distance) = ((i, j), found);
                }
            }
        }

        return nearest;
    }
}
