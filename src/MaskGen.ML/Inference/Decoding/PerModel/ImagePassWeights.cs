using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>What one pass over the image tokens needs: pass l updates them by layer l (l > 0) and then lets the next attention read
/// them.</summary>
internal sealed class ImagePassWeights : IDisposable
{
    /// <summary>Query of this layer's image-to-token attention; null in pass 0.</summary>
    public required ImageTarget? Query { get; init; }

    /// <summary>One per block up to this layer's: inner products with the block's basis, from which the layer norm gets its variance.
    /// The row after the last head belongs to the block's constant.</summary>
    public required ImageTarget[] Norms { get; init; }

    /// <summary>Key of the attention that reads the tokens after the update.</summary>
    public required ImageTarget Key { get; init; }

    /// <summary>Value of that attention.</summary>
    public required ImageTarget Value { get; init; }

    /// <summary>All maps of the pass stacked, [rows, d]: applied to the image's tokens once per image.</summary>
    public required PackedTiles Maps { get; init; }

    /// <summary>Rows of a panel of maps: those of <see cref="Maps"/>, and in passes above 0 one for the squared norm of the image's own
    /// part.</summary>
    public required int MapRows { get; init; }

    /// <summary>[panels, PositionRows, 32]: the position parts, the same for every image.</summary>
    public required AlignedBuffer PositionMaps { get; init; }

    public required int PositionRows { get; init; }

    /// <summary>Position parts that are added to the maps once per image, because nothing scales those: (position row, map row,
    /// rows).</summary>
    public required IReadOnlyList<(int PositionRow, int MapRow, int Rows)> FoldedPositions { get; init; }

    /// <summary>Gains of the layer norms before this pass's, in order.</summary>
    public required AlignedBuffer[] EarlierGains { get; init; }

    /// <summary>Epsilon of this pass's layer norm.</summary>
    public required float NormEpsilon { get; init; }

    public void Dispose()
    {
        Query?.Dispose();
        Key.Dispose();
        Value.Dispose();
        Maps.Dispose();
        PositionMaps.Dispose();
        Array.ForEach(Norms, norm => norm.Dispose());
        Array.ForEach(EarlierGains, gain => gain.Dispose());
    }
}
