namespace MaskGen.ML;

/// <summary>How a very large image is cut into tiles that overlap.</summary>
/// <remarks>Immutable and safe to share between threads; change a copy with <c>with</c>.</remarks>
public sealed record MaskTilingOptions
{
    private const int SmallestTile = 64;
    private const int LargestTile = 16_384;

    /// <summary>The side of a tile in pixels, 64 to 16384. Default 2048. The model sees each tile as a square of its own input size, 1024
    /// for the official ones.</summary>
    public int TileSize { get; init; } = 2048;

    /// <summary>By which part of its side a tile overlaps the next at least, 0.1 to 0.5. Default 0.25: an object of a quarter of a tile is
    /// whole in one of them.</summary>
    public double Overlap { get; init; } = 0.25;

    /// <summary>Throws where an option is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range; the message says which.</exception>
    public void Validate()
    {
        if (TileSize is < SmallestTile or > LargestTile)
        {
            throw new ArgumentOutOfRangeException(nameof(TileSize), TileSize, $"Expected {SmallestTile} to {LargestTile} pixels.");
        }

        if (Overlap is not (>= 0.1 and <= 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(Overlap), Overlap, "Expected 0.1 to 0.5 of a tile.");
        }
    }
}
