namespace MaskGen.ML.Results;

/// <summary>Follows the pixel edges of a mask into outlines with holes.</summary>
/// <remarks>A region is a set of pixels connected by their edges (4-connected), not by corners alone. An outline that would pass a corner
/// twice is split there: what it encloses beside the region is a hole that touches it in that point. So every outline is simple and every
/// polygon valid.</remarks>
internal static class ContourTracer
{
    /// <summary>The outlines of a mask, one polygon per connected region, in the order of the regions' first pixels
    /// (column-major).</summary>
    public static List<MaskPolygon> Trace(RunLengthEncoding mask)
    {
        var pieces = new ColumnPieces(mask);
        var edges = new ContourEdges(pieces);
        var regions = new SortedDictionary<int, (List<IReadOnlyList<PolygonPoint>> Exteriors, List<IReadOnlyList<PolygonPoint>> Holes)>();
        var visited = new bool[edges.Count];
        for (var start = 0; start < edges.Count; start++)
        {
            if (visited[start])
            {
                continue;
            }

            var name = pieces.RegionOf(edges[start].Piece);
            if (!regions.TryGetValue(name, out var region))
            {
                regions.Add(name, region = ([], []));
            }

            foreach (var ring in CutAtMeetings(Follow(edges, start, visited)))
            {
                (MaskPolygon.SignedArea(ring) > 0 ? region.Exteriors : region.Holes).Add(ring);
            }
        }

        return [.. regions.Values.Select(region => new MaskPolygon { Exterior = region.Exteriors.Single(), Holes = region.Holes })];
    }

    // The corners of a closed walk along the edges, and whether two pixels meet at each.
    private static List<(PolygonPoint Corner, bool Meeting)> Follow(ContourEdges edges, int start, bool[] visited)
    {
        var corners = new List<(PolygonPoint, bool)>();
        var current = start;
        do
        {
            visited[current] = true;
            var next = edges.Next(current, out var meeting);
            if (edges[next].Direction != edges[current].Direction)
            {
                corners.Add((new PolygonPoint(edges[next].X, edges[next].Y), meeting));
            }

            current = next;
        }
        while (current != start);
        return corners;
    }

    // Whenever the walk comes back to a corner, what lies between the two visits is a closed outline by itself.
    private static IEnumerable<IReadOnlyList<PolygonPoint>> CutAtMeetings(List<(PolygonPoint Corner, bool Meeting)> walk)
    {
        var open = new List<PolygonPoint>();
        var placeOfMeeting = new Dictionary<PolygonPoint, int>();
        foreach (var (corner, meeting) in walk)
        {
            if (meeting && placeOfMeeting.TryGetValue(corner, out var place))
            {
                var loop = open.GetRange(place, open.Count - place);
                loop.ForEach(left => placeOfMeeting.Remove(left));
                open.RemoveRange(place, open.Count - place);
                yield return loop;
            }

            if (meeting)
            {
                placeOfMeeting[corner] = open.Count;
            }

            open.Add(corner);
        }

        yield return open;
    }
}
