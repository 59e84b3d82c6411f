using MaskGen.ML.Masks;

namespace MaskGen.ML.Generation;

/// <summary>Where the tiles around objects at seams lie.</summary>
internal static class SeamTiles
{
    // Room around an object in the tile that has it in its middle.
    private const int MarginParts = 8;

    // By which part of its side a tile can be moved, and how far apart the rows are that parts of the image begin in.
    private const int MoveParts = 16;
    private const int StepParts = 32;

    /// <summary>Whether a tile has room for an object, and some around it.</summary>
    public static bool FitsInto(SeamObject one, int tileSize)
    {
        var box = PixelExtent.Of(one.Mask.Segmentation);
        return Math.Max(box.Right - box.Left, box.Bottom - box.Top) <= tileSize - (2 * tileSize / MarginParts);
    }

    /// <summary>The middle of an object. Of one of which a piece is known alone it is taken to be where its tile cuts it.</summary>
    public static (double X, double Y) MiddleOf(SeamObject one)
    {
        var box = PixelExtent.Of(one.Mask.Segmentation);
        var (x, y) = box.Middle;
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

    /// <summary>The part of the image that is read for an object: the tile around it, and room to move it. Objects that lie nearly beside
    /// each other have parts that begin in one row.</summary>
    /// <param name="middle">The middle of the object.</param>
    /// <param name="image">Size of the image.</param>
    /// <param name="tileSize">The side of a tile.</param>
    public static PixelArea Window((double X, double Y) middle, ImageSize image, int tileSize)
    {
        var (tile, margin, step) = (TileGrid.Around(middle.X, middle.Y, image, tileSize), Margin(tileSize), Step(tileSize));
        var (left, top) = (Math.Max(tile.Left - margin, 0), Math.Max(tile.Top - margin, 0));
        var (right, bottom) = (Math.Min(tile.Right + margin, image.Width), Math.Min(tile.Bottom + margin, image.Height));
        (left, top) = (left - (left % step), top - (top % step));
        return new PixelArea(left, top, new ImageSize(right - left, bottom - top));
    }

    /// <summary>By how much such a part is longer than a tile at most.</summary>
    public static int Room(int tileSize) => (2 * Margin(tileSize)) + Step(tileSize);

    private static int Margin(int tileSize) => tileSize / MoveParts;

    private static int Step(int tileSize) => tileSize / StepParts;
}
