namespace MaskGen.ML.Generation;

/// <summary>Where the tiles of an image lie.</summary>
internal static class TileGrid
{
    /// <summary>The tiles, row by row: as few as overlap by the part that was asked for, spread evenly.</summary>
    /// <param name="image">Size of the image.</param>
    /// <param name="options">The tiles, validated.</param>
    public static List<PixelArea> Of(ImageSize image, MaskTilingOptions options)
    {
        var (columns, rows) = (Starts(image.Width, options), Starts(image.Height, options));
        var size = new ImageSize(Math.Min(options.TileSize, image.Width), Math.Min(options.TileSize, image.Height));
        return [.. rows.SelectMany(top => columns.Select(left => new PixelArea(left, top, size)))];
    }

    /// <summary>The tile that has a point in its middle, as far as it fits into the image.</summary>
    public static PixelArea Around(double x, double y, ImageSize image, int tileSize)
    {
        var size = new ImageSize(Math.Min(tileSize, image.Width), Math.Min(tileSize, image.Height));
        return new PixelArea(
            Math.Clamp((int)Math.Round(x - (size.Width / 2.0)), 0, image.Width - size.Width),
            Math.Clamp((int)Math.Round(y - (size.Height / 2.0)), 0, image.Height - size.Height),
            size);
    }

    private static int[] Starts(int length, MaskTilingOptions options)
    {
        var tile = Math.Min(options.TileSize, length);
        var step = Math.Max(1, (int)(tile * (1 - options.Overlap)));
        var count = 1 + (int)Math.Ceiling((length - tile) / (double)step);
        return [.. Enumerable.Range(0, count).Select(i => count == 1 ? 0 : (int)((long)i * (length - tile) / (count - 1)))];
    }
}
