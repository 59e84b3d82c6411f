using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>A matrix as the packed side of products whose lanes are image tokens: tiles of 8 rows, [columns, 8] each.</summary>
internal sealed unsafe class PackedTiles : IDisposable
{
    private readonly AlignedBuffer _tiles;

    public PackedTiles(DoubleMatrix matrix)
        : this(matrix.ToSingles(), matrix.Rows)
    {
    }

    /// <param name="matrix">[rows, columns].</param>
    /// <param name="rows">Number of rows.</param>
    public PackedTiles(ReadOnlySpan<float> matrix, int rows)
    {
        Rows = rows;
        Columns = matrix.Length / rows;
        _tiles = new AlignedBuffer((long)DecoderGeometry.Tiles(rows) * PanelKernels.TileRows * Columns);
        fixed (float* source = matrix)
        {
            for (var row = 0; row < rows; row += PanelKernels.TileRows)
            {
                var count = Math.Min(PanelKernels.TileRows, rows - row);
                PackedLinear.Pack(source + (row * Columns), Columns, count, Columns, _tiles.Pointer + ((long)row * Columns));
            }
        }
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
}
