namespace MaskGen.ML.Results;

/// <summary>Outlines of masks as result formats write them: with few corners, and still the same mask.</summary>
internal static class MaskOutline
{
    /// <summary>The largest tolerance that is chosen without being asked for, in pixels: it removes the pixel stairs.</summary>
    public const double LargestTolerance = 1;

    /// <summary>The IoU of outlines and mask stays above this where no tolerance is asked for.</summary>
    public const double LowestIou = 0.99;

    // Whoever fills the outlines decides by himself about pixels whose centre lies right on one, as of half a pixel. So both ways must be
    // near, which filling a little to either side shows; the slope of the shift is that of no side between whole numbers.
    private const double Shift = 1.0 / 1024;
    private const double ShiftSlope = 0.618033988749895;

    // Of 0.75 the stairs of a slope go too, but less of what lies between; below a half hardly a corner can be left out.
    private static readonly double[] Tolerances = [LargestTolerance, 0.75, 0.5];

    /// <summary>The outlines of a mask.</summary>
    /// <param name="mask">Of any shape; an empty mask has none.</param>
    /// <param name="tolerance">The largest error in pixels, as for <see cref="MaskPolygons.FromMask(RunLengthEncoding, double)"/>; null for
    /// the largest of 1, 0.75, 0.5 and 0 pixels with which the outlines, filled again, have an IoU above <see cref="LowestIou"/> with
    /// the mask. Small masks keep more corners by that, a single pixel all four.</param>
    public static IReadOnlyList<MaskPolygon> Of(RunLengthEncoding mask, double? tolerance)
    {
        if (tolerance is { } given)
        {
            return MaskPolygons.FromMask(mask, given);
        }

        var exact = MaskPolygons.FromMask(mask);
        foreach (var attempt in Tolerances)
        {
            var outlines = PolygonSimplifier.Simplify(exact, attempt);
            if (IsNear(mask, outlines, Shift) && IsNear(mask, outlines, -Shift))
            {
                return outlines;
            }
        }

        return exact;
    }

    private static bool IsNear(RunLengthEncoding mask, IReadOnlyList<MaskPolygon> outlines, double shift) =>
        MaskOverlap.Iou(mask, PolygonRasterizer.Fill(outlines.Select(outline => Moved(outline, shift)), mask.Size)) > LowestIou;

    private static MaskPolygon Moved(MaskPolygon outline, double shift)
    {
        return new MaskPolygon { Exterior = Move(outline.Exterior), Holes = [.. outline.Holes.Select(Move)] };

        IReadOnlyList<PolygonPoint> Move(IReadOnlyList<PolygonPoint> ring) =>
            [.. ring.Select(corner => new PolygonPoint(corner.X + shift, corner.Y - (shift * ShiftSlope)))];
    }

    /// <summary>The outlines of a mask for a format whose outlines have no holes.</summary>
    /// <returns>Null for a mask with a hole, which is then written as pixels.</returns>
    public static IReadOnlyList<MaskPolygon>? WithoutHoles(RunLengthEncoding mask, double? tolerance) =>
        Of(mask, tolerance) is var outlines && outlines.All(outline => outline.Holes.Count == 0) ? outlines : null;
}
