using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>What one pass over the image tokens needs: pass l updates them by layer l (l > 0) and then lets the next attention read
/// them.</summary>
internal sealed class ImagePassWeights : IDisposable
{
    /// <summary>Query of this layer's image-to-token attention; null in pass 0.</summary>
    public required ImageProjection? Query { get; init; }

    /// <summary>One per layer up to this layer's: inner products with the layer's basis, from which the layer norm gets its variance.
    /// The row after the last head belongs to the layer's constant.</summary>
    public required ImageProjection[] Variances { get; init; }

    /// <summary>Key of the attention that reads the tokens after the update.</summary>
    public required ImageProjection Key { get; init; }

    /// <summary>Value of that attention.</summary>
    public required ImageProjection Value { get; init; }

    /// <summary>All projections of the pass stacked, [rows, d]: applied to the image's tokens once per image.</summary>
    public required PackedTiles Projections { get; init; }

    /// <summary>Rows of a panel of projections: those of <see cref="Projections"/>, and in passes above 0 one for the squared norm of the
    /// image's own part.</summary>
    public required int ProjectionRows { get; init; }

    /// <summary>[panels, PositionRows, 32]: the position parts, the same for every image.</summary>
    public required AlignedBuffer PositionProjections { get; init; }

    public required int PositionRows { get; init; }

    /// <summary>Position parts that are added to the projections once per image, because nothing scales those: (position row, projection
    /// row, rows).</summary>
    public required IReadOnlyList<(int PositionRow, int ProjectionRow, int Rows)> FoldedPositions { get; init; }

    /// <summary>Gains of the layer norms before this pass's, in order.</summary>
    public required AlignedBuffer[] EarlierGains { get; init; }

    /// <summary>Epsilon of this pass's layer norm.</summary>
    public required float NormEpsilon { get; init; }

    public void Dispose()
    {
        Query?.Dispose();
        Key.Dispose();
        Value.Dispose();
        Projections.Dispose();
        PositionProjections.Dispose();
        Array.ForEach(Variances, variance => variance.Dispose());
        Array.ForEach(EarlierGains, gain => gain.Dispose());
    }
}
