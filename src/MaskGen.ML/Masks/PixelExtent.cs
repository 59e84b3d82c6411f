namespace MaskGen.ML.Masks;

/// <summary>The smallest box around the set pixels of a mask, in pixels; right and lower edge excluded, all zeros for an empty
/// mask.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Right">One past the last column.</param>
/// <param name="Bottom">One past the last row.</param>
internal readonly record struct PixelExtent(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Reads the extent off the run lengths.</summary>
    public static PixelExtent Of(RunLengthEncoding mask)
    {
        if (mask.Area == 0)
        {
            return default;
        }

        var height = mask.Size.Height;
        var extent = new PixelExtent(int.MaxValue, int.MaxValue, 0, 0);
        var runs = new SetRunReader(mask);
        while (runs.MoveNext())
        {
            var (firstColumn, top) = Math.DivRem(runs.Start, height);
            var (lastColumn, bottom) = Math.DivRem(runs.End - 1, height);
            if (firstColumn != lastColumn)
            {
                // The run turns into another column, so it touches the lower and the upper border.
                (top, bottom) = (0, height - 1);
            }

            extent = new PixelExtent(
                Math.Min(extent.Left, (int)firstColumn),
                Math.Min(extent.Top, (int)top),
                Math.Max(extent.Right, (int)lastColumn + 1),
                Math.Max(extent.Bottom, (int)bottom + 1));
        }

        return extent;
    }

    /// <summary>The point in the middle.</summary>
    public (double X, double Y) Middle => ((Left + Right) / 2.0, (Top + Bottom) / 2.0);

    /// <summary>Whether a point lies in the box.</summary>
    public bool Contains(float x, float y) => x >= Left && x < Right && y >= Top && y < Bottom;

    /// <summary>Whether the two boxes share a pixel.</summary>
    public bool Overlaps(PixelExtent other) =>
        Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
}
