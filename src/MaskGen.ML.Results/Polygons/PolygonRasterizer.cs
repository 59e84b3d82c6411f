using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Fills outlines: a pixel is set when its centre lies inside, by the even-odd rule within a polygon, in any of the
/// polygons.</summary>
internal static class PolygonRasterizer
{
    /// <summary>The largest coordinate: far beyond any image, and small enough that crossings are exact to a thousandth of a
    /// pixel.</summary>
    public const double MostCoordinate = 1L << 40;

    /// <summary>How many crossings of sides with columns filling a polygon computes: its cost in time, and in memory.</summary>
    public static long CountCrossings(MaskPolygon polygon, int width)
    {
        long count = 0;
        foreach (var ring in polygon.Rings)
        {
            for (var i = 0; i < ring.Count; i++)
            {
                count += Math.Abs(FirstCentreFrom(ring[i].X, width) - (long)FirstCentreFrom(ring[(i + 1) % ring.Count].X, width));
            }
        }

        return count;
    }

    public static RunLengthEncoding Fill(IEnumerable<MaskPolygon> polygons, ImageSize size)
    {
        var runs = new List<(long Start, long End)>();
        var index = 0;
        foreach (var polygon in polygons)
        {
            ThrowIfInvalid(polygon, index++);
            AddRuns(polygon, size, runs);
        }

        runs.Sort();
        var mask = new SetRunBuilder(size);
        foreach (var (start, end) in runs)
        {
            mask.Add(start, end);
        }

        return mask.ToMask();
    }

    private static void ThrowIfInvalid(MaskPolygon? polygon, int index)
    {
        if (polygon is null)
        {
            throw new ArgumentException($"Polygon {index} is null.", "polygons");
        }

        foreach (var corner in polygon.Rings.SelectMany(ring => ring))
        {
            if (!(Math.Abs(corner.X) <= MostCoordinate && Math.Abs(corner.Y) <= MostCoordinate))
            {
                throw new ArgumentException(
                    $"Polygon {index}: expected corners within {MostCoordinate} pixels of the origin, found ({corner.X}, {corner.Y}).",
                    "polygons");
            }
        }
    }

    private static void AddRuns(MaskPolygon polygon, ImageSize size, List<(long Start, long End)> runs)
    {
        var crossings = new List<(int Column, double Y)>();
        foreach (var ring in polygon.Rings)
        {
            for (var i = 0; i < ring.Count; i++)
            {
                AddCrossings(ring[i], ring[(i + 1) % ring.Count], size.Width, crossings);
            }
        }

        crossings.Sort();
        for (var i = 0; i + 1 < crossings.Count; i += 2)
        {
            var top = FirstCentreFrom(crossings[i].Y, size.Height);
            var bottom = FirstCentreFrom(crossings[i + 1].Y, size.Height);
            if (bottom > top)
            {
                var column = (long)crossings[i].Column * size.Height;
                runs.Add((column + top, column + bottom));
            }
        }
    }

    // Where a side crosses the vertical lines through the pixel centres. Its left end counts and its right end does not,
    // so that a corner on such a line is crossed once and every line an even number of times.
    private static void AddCrossings(PolygonPoint from, PolygonPoint to, int width, List<(int Column, double Y)> crossings)
    {
        var (left, right) = from.X < to.X ? (from, to) : (to, from);
        var first = FirstCentreFrom(left.X, width);
        var end = FirstCentreFrom(right.X, width);
        for (var column = first; column < end; column++)
        {
            var y = left.Y + ((right.Y - left.Y) * ((column + 0.5 - left.X) / (right.X - left.X)));
            crossings.Add((column, y));
        }
    }

    // Index of the first pixel whose centre is not before a coordinate, within [0, count].
    private static int FirstCentreFrom(double coordinate, int count) => (int)Math.Clamp(Math.Ceiling(coordinate - 0.5), 0, count);
}
