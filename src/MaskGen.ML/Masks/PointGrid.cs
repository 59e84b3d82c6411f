namespace MaskGen.ML.Masks;

/// <summary>Regular grids of prompt points.</summary>
/// <remarks>Source: SAM 2 2b90b9f, sam2/utils/amg.py build_point_grid.</remarks>
internal static class PointGrid
{
    private const int MostPointsPerSide = 46_340;

    /// <summary>Centres of n x n equal cells, row by row.</summary>
    /// <param name="pointsPerSide">n, 1 to 46,340, the square of which is counted in 31 bits.</param>
    /// <returns>n^2 points, normalized to [0, 1] of the crop.</returns>
    public static (float X, float Y)[] Regular(int pointsPerSide)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pointsPerSide);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pointsPerSide, MostPointsPerSide);
        var points = new (float X, float Y)[pointsPerSide * pointsPerSide];
        for (var i = 0; i < points.Length; i++)
        {
            points[i] = (Center(i % pointsPerSide, pointsPerSide), Center(i / pointsPerSide, pointsPerSide));
        }

        return points;
    }

    /// <summary>Points per side of a crop layer: fewer by the downscale factor with each layer, at least 1.</summary>
    public static int PointsPerSide(int pointsPerSide, int downscaleFactor, int layer) =>
        Math.Max((int)(pointsPerSide / Math.Pow(downscaleFactor, layer)), 1);

    private static float Center(int index, int count) => (float)((index + 0.5) / count);
}
