using MaskGen.ML.Masks;

namespace MaskGen.ML.Generation;

/// <summary>Tiles around objects that lie at seams, and finding these again in them.</summary>
internal static class SeamTiles
{
    // Room around an object in the tile that has it in its middle.
    private const int MarginParts = 8;

    // Within this part of a tile from its middle an object is in the middle: a model gives another mask when it sees an object elsewhere.
    private const int MiddleParts = 32;

    /// <summary>The tiles: one around the middle of each object, for others too that have nearly the same middle.</summary>
    /// <param name="objects">The objects; those that are larger than a tile are left out.</param>
    /// <param name="image">Size of the image.</param>
    /// <param name="tileSize">The side of a tile.</param>
    public static List<(PixelArea Tile, List<SeamObject> Objects)> Of(IReadOnlyList<SeamObject> objects, ImageSize image, int tileSize)
    {
        var left = objects.Select(one => (Object: one, Box: PixelExtent.Of(one.Mask.Segmentation), Middle: MiddleOf(one)))
            .Where(one => FitsInto(one.Box, tileSize))
            .OrderBy(one => one.Middle.Y)
            .ThenBy(one => one.Middle.X)
            .ToList();
        var plan = new List<(PixelArea, List<SeamObject>)>();
        while (left.Count > 0)
        {
            var (x, y) = left[0].Middle;
            var tile = TileGrid.Around(x, y, image, tileSize);
            var near = (double)tileSize / MiddleParts;
            var inside = left.Where((one, index) => index == 0
                || (Math.Abs(one.Middle.X - x) <= near && Math.Abs(one.Middle.Y - y) <= near && IsWellInside(one.Box, tile, image)))
                .ToList();
            plan.Add((tile, inside.ConvertAll(one => one.Object)));
            left.RemoveAll(inside.Contains);
        }

        return plan;
    }

    /// <summary>The points of a grid over a tile that lie in the boxes of objects, and those that their pieces were found by.</summary>
    /// <returns>Normalized to [0, 1] of the tile; one at least.</returns>
    public static (float X, float Y)[] Points(PixelArea tile, IReadOnlyList<SeamObject> objects, (float X, float Y)[] grid)
    {
        var boxes = objects.Select(one => PixelExtent.Of(one.Mask.Segmentation)).ToList();
        var points = grid.Where(point => boxes.Exists(box => IsIn(box, tile, point))).ToList();
        points.AddRange(objects.SelectMany(one => one.Pieces)
            .SelectMany(piece => piece.Record.Points)
            .Select(point => ((float)(point.X - tile.Left) / tile.Size.Width, (float)(point.Y - tile.Top) / tile.Size.Height))
            .Where(point => point is { Item1: >= 0 and <= 1, Item2: >= 0 and <= 1 }));
        return points.Count > 0 ? [.. points.Distinct()] : [(0.5f, 0.5f)];

        static bool IsIn(PixelExtent box, PixelArea tile, (float X, float Y) point)
        {
            var (x, y) = (tile.Left + (point.X * tile.Size.Width), tile.Top + (point.Y * tile.Size.Height));
            return x >= box.Left && x < box.Right && y >= box.Top && y < box.Bottom;
        }
    }

    /// <summary>The mask of an object in the tile around it.</summary>
    /// <param name="one">The object.</param>
    /// <param name="found">The masks of the tile.</param>
    /// <param name="leastIou">The least IoU with what it was put together to; of a single piece over the tile that this is from, which the
    /// rest of the object lies outside of.</param>
    /// <returns>Null if there is none.</returns>
    public static TileMask? FindAgain(SeamObject one, IReadOnlyList<TileMask> found, double leastIou)
    {
        var known = one.Mask.Segmentation;
        var box = PixelExtent.Of(known);
        var (best, bestIou) = (default(TileMask), leastIou);
        foreach (var mask in found.Where(mask => !mask.IsCut && mask.Extent.Overlaps(box)))
        {
            var candidate = mask.Record.Segmentation;
            candidate = one.IsPiece ? RunSets.Clip(candidate, one.Pieces[0].Tile) : candidate;
            var both = RunSets.IntersectionArea(candidate, known);
            var iou = both / (double)(candidate.Area + known.Area - both);
            if (iou > bestIou)
            {
                (best, bestIou) = (mask, iou);
            }
        }

        return best;
    }

    private static bool FitsInto(PixelExtent box, int tileSize) =>
        Math.Max(box.Right - box.Left, box.Bottom - box.Top) <= tileSize - (2 * tileSize / MarginParts);

    private static bool IsWellInside(PixelExtent box, PixelArea tile, ImageSize image)
    {
        var (x, y) = (tile.Size.Width / MarginParts, tile.Size.Height / MarginParts);
        return (box.Left >= tile.Left + x || tile.Left == 0) && (box.Right <= tile.Right - x || tile.Right == image.Width)
            && (box.Top >= tile.Top + y || tile.Top == 0) && (box.Bottom <= tile.Bottom - y || tile.Bottom == image.Height);
    }

    // Of an object of which a piece is known alone the middle is taken to be where its tile cuts it.
    private static (double X, double Y) MiddleOf(SeamObject one)
    {
        var box = PixelExtent.Of(one.Mask.Segmentation);
        var (x, y) = ((box.Left + box.Right) / 2.0, (box.Top + box.Bottom) / 2.0);
        if (!one.IsPiece)
        {
            return (x, y);
        }

        var piece = one.Pieces[0];
        var (tile, image, near) = (piece.Tile, one.Mask.Segmentation.Size, piece.EdgeWidth);
        x = tile.Left > 0 && box.Left - tile.Left < near ? box.Left
            : tile.Right < image.Width && tile.Right - box.Right < near ? box.Right : x;
        y = tile.Top > 0 && box.Top - tile.Top < near ? box.Top
            : tile.Bottom < image.Height && tile.Bottom - box.Bottom < near ? box.Bottom : y;
        return (x, y);
    }
}
