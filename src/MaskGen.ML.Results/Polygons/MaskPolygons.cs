using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Masks as outlines with holes, and outlines as masks.</summary>
/// <remarks>Outlines run along the edges of pixels, not through their centres, so they enclose exactly the pixels of the mask.
/// All members are pure and thread-safe.</remarks>
public static class MaskPolygons
{
    /// <summary>The true outlines of a mask: filled again by <see cref="ToMask"/> they give the same pixels.</summary>
    /// <param name="mask">Of any shape; an empty mask has no polygons.</param>
    /// <returns>One polygon per region of pixels connected by their edges (4-connected), in column-major order of the first
    /// pixels. Corners are whole numbers, in pixels of the original image; none lies on a straight line between its neighbours.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="mask"/> is null.</exception>
    public static IReadOnlyList<MaskPolygon> FromMask(RunLengthEncoding mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return ContourTracer.Trace(mask);
    }

    /// <summary>The outlines of a mask with fewer corners.</summary>
    /// <param name="mask">Of any shape; an empty mask has no polygons.</param>
    /// <param name="tolerance">The largest error, in pixels: every corner that is left out lies within this distance of the side that
    /// replaces it, hence so does every point whose side of the outline changes. 0 gives the true outlines; 1 removes the pixel
    /// stairs.</param>
    /// <returns>As many polygons and holes as the true outlines have, valid, made of some of their corners. Nothing vanishes: a single
    /// pixel keeps a triangle at least.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="mask"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="tolerance"/> is negative or not finite.</exception>
    public static IReadOnlyList<MaskPolygon> FromMask(RunLengthEncoding mask, double tolerance)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfNegative(tolerance);
        if (!double.IsFinite(tolerance))
        {
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "Expected a finite number of pixels.");
        }

        return PolygonSimplifier.Simplify(ContourTracer.Trace(mask), tolerance);
    }

    /// <summary>Fills polygons.</summary>
    /// <param name="size">Size of the image.</param>
    /// <param name="polygons">In pixels of the image; what lies outside of it is ignored.</param>
    /// <returns>A mask that holds the pixels whose centre lies inside a polygon and outside its holes (even-odd rule).
    /// A centre on an outline belongs to the region to its right or below it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="polygons"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side of <paramref name="size"/> is negative, or it has more than 2^31 - 1
    /// pixels.</exception>
    /// <exception cref="ArgumentException">A polygon is null, or a corner is not finite or further than 2^40 pixels from the
    /// origin.</exception>
    public static RunLengthEncoding ToMask(ImageSize size, IEnumerable<MaskPolygon> polygons)
    {
        ArgumentNullException.ThrowIfNull(polygons);
        MaskSizes.ThrowIfInvalid(size, nameof(size));
        return PolygonRasterizer.Fill(polygons, size);
    }
}
