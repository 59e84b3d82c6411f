using MaskGen.ML.Masks;

namespace MaskGen.ML.Generation;

/// <summary>A mask that was found in a tile.</summary>
internal sealed class TileMask
{
    // Within this part of a tile's side from its edge a mask counts as cut: masks end a little before the edge, since the model's own grid
    // is coarser than the tile.
    private const int EdgeParts = 128;
    private const int LeastEdge = 4;

    /// <param name="record">The mask in pixels of the image.</param>
    /// <param name="tile">Where it was found.</param>
    /// <param name="image">Size of the image.</param>
    public TileMask(MaskRecord record, PixelArea tile, ImageSize image)
    {
        (Record, Tile) = (record, tile);
        Extent = PixelExtent.Of(record.Segmentation);
        EdgeWidth = Math.Max(Math.Max(tile.Size.Width, tile.Size.Height) / EdgeParts, LeastEdge);
        var distance = int.MaxValue;
        Note(Extent.Left - tile.Left, tile.Left > 0);
        Note(Extent.Top - tile.Top, tile.Top > 0);
        Note(tile.Right - Extent.Right, tile.Right < image.Width);
        Note(tile.Bottom - Extent.Bottom, tile.Bottom < image.Height);
        Distance = distance;
        IsCut = distance < EdgeWidth;

        // Only edges inside the image cut anything off.
        void Note(int toEdge, bool isInner)
        {
            if (isInner)
            {
                distance = Math.Min(distance, toEdge);
            }
        }
    }

    public MaskRecord Record { get; }

    /// <summary>How near to an edge of its tile a mask counts as cut, in pixels.</summary>
    public int EdgeWidth { get; }

    public PixelArea Tile { get; }

    public PixelExtent Extent { get; }

    /// <summary>Pixels from the mask to the nearest edge of its tile that is none of the image.</summary>
    public int Distance { get; }

    /// <summary>Whether the object probably continues beyond its tile.</summary>
    public bool IsCut { get; }

    /// <summary>The box of the mask in the image.</summary>
    public PixelArea Box => new(Extent.Left, Extent.Top, new ImageSize(Extent.Right - Extent.Left, Extent.Bottom - Extent.Top));
}
