namespace MaskGen.ML.Results;

/// <summary>One connected piece of a mask as outlines: one around it and one around each of its holes.</summary>
/// <param name="Exterior">Corners of the outer outline, clockwise as seen on the screen (y grows downwards). The first corner is not repeated.</param>
/// <param name="Holes">Corners of each hole, counter-clockwise as seen on the screen, likewise without repetition. Empty without holes.</param>
/// <remarks>Valid in the sense of the OGC simple features: no outline crosses or touches itself, and holes touch each other
/// or the outer outline at single points at most. Immutable and safe to share between threads.</remarks>
public sealed record MaskPolygon(IReadOnlyList<PolygonPoint> Exterior, IReadOnlyList<IReadOnlyList<PolygonPoint>> Holes)
{
    /// <summary>Area in square pixels, without the holes.</summary>
    public double Area => SignedArea(Exterior) + Holes.Sum(SignedArea);

    /// <summary>All outlines, the outer one first.</summary>
    public IEnumerable<IReadOnlyList<PolygonPoint>> Rings => Holes.Prepend(Exterior);

    /// <summary>Area inside an outline: positive when it runs clockwise on the screen, negative otherwise (the shoelace formula).</summary>
    internal static double SignedArea(IReadOnlyList<PolygonPoint> ring)
    {
        double twice = 0;
        for (var i = 0; i < ring.Count; i++)
        {
            var (from, to) = (ring[i], ring[(i + 1) % ring.Count]);
            twice += (from.X * to.Y) - (to.X * from.Y);
        }

        return twice / 2;
    }
}
