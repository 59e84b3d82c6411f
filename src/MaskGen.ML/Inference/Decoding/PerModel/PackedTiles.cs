using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>A matrix as the packed side of products whose lanes are image tokens: tiles of 8 rows, [columns, 8] each.</summary>
internal sealed unsafe class PackedTiles : IDisposable
{
    private readonly AlignedBuffer _tiles;

    public PackedTiles(DoubleMatrix matrix)
        : this([matrix])
    {
    }

    /// <param name="matrices">At least one, all with the same columns: they are stacked, the first on top.</param>
    public PackedTiles(IReadOnlyCollection<DoubleMatrix> matrices)
        : this(matrices.Sum(matrix => matrix.Rows), matrices.First().Columns)
    {
        var row = 0;
        foreach (var matrix in matrices)
        {
            for (var i = 0; i < matrix.Rows; i++, row++)
            {
                var lane = Lane(row);
                foreach (var value in matrix.Row(i))
                {
                    *lane = (float)value;
                    lane += PanelKernels.TileRows;
                }
            }
        }
    }

    /// <param name="matrix">[rows, columns].</param>
    /// <param name="rows">Number of rows.</param>
    public PackedTiles(ReadOnlySpan<float> matrix, int rows)
        : this(rows, matrix.Length / rows)
    {
        for (var row = 0; row < rows; row++)
        {
            var lane = Lane(row);
            foreach (var value in matrix.Slice(row * Columns, Columns))
            {
                *lane = value;
                lane += PanelKernels.TileRows;
            }
        }
    }

    private PackedTiles(int rows, int columns)
    {
        (Rows, Columns) = (rows, columns);
        _tiles = new AlignedBuffer((long)DecoderSizes.Tiles(rows) * PanelKernels.TileRows * columns);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary><c>result = matrix panel</c> for one panel.</summary>
    /// <param name="kernels">Kernels to run on.</param>
    /// <param name="panel">[columns, 32].</param>
    /// <param name="result">[rows, 32].</param>
    public void Multiply(PanelKernels kernels, float* panel, float* result)
    {
        var segment = new PanelSegment(panel, Columns);
        for (var row = 0; row < Rows; row += PanelKernels.TileRows)
        {
            kernels.MultiplyTile(
                _tiles.Pointer + ((long)row * Columns),
                &segment,
                1,
                Math.Min(PanelKernels.TileRows, Rows - row),
                result + (row * PanelKernels.PanelWidth),
                PanelKernels.PanelWidth);
        }
    }

    public void Dispose() => _tiles.Dispose();

    // First value of a row; the others follow at every 8th float.
    private float* Lane(int row)
    {
        var (tile, lane) = Math.DivRem(row, PanelKernels.TileRows);
        return _tiles.Pointer + ((long)tile * PanelKernels.TileRows * Columns) + lane;
    }
}
