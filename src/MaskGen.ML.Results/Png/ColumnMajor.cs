namespace MaskGen.ML.Results;

/// <summary>Turns column-major pixels, the order of run lengths, into row-major ones, the order of images.</summary>
internal static class ColumnMajor
{
    // Both the rows read and the columns written of one tile stay in the first-level cache.
    private const int Tile = 32;

    /// <summary>Transposes pixels.</summary>
    /// <param name="columns">Pixel (x, y) at <c>x * Height + y</c>.</param>
    /// <param name="size">Size of the image.</param>
    /// <returns>Pixel (x, y) at <c>y * Width + x</c>.</returns>
    public static T[] ToRows<T>(ReadOnlySpan<T> columns, ImageSize size)
    {
        var rows = new T[columns.Length];
        for (var left = 0; left < size.Width; left += Tile)
        {
            var right = Math.Min(left + Tile, size.Width);
            for (var top = 0; top < size.Height; top += Tile)
            {
                var bottom = Math.Min(top + Tile, size.Height);
                for (var y = top; y < bottom; y++)
                {
                    for (var x = left; x < right; x++)
                    {
                        rows[(y * size.Width) + x] = columns[(x * size.Height) + y];
                    }
                }
            }
        }

        return rows;
    }
}
