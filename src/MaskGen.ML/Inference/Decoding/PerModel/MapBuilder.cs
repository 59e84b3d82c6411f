using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Stacks the maps of one pass, and computes their position parts.</summary>
internal sealed unsafe class MapBuilder(DecoderGeometry geometry, AlignedBuffer positions, PanelKernels kernels)
{
    private readonly List<(DoubleMatrix Function, DoubleMatrix Constant)> _positionParts = [];
    private readonly List<(int PositionRow, int MapRow, int Rows)> _folded = [];
    private readonly List<DoubleMatrix> _maps = [];

    public int MapRows { get; private set; }

    public int PositionRows { get; private set; }

    public IReadOnlyList<(int PositionRow, int MapRow, int Rows)> Folded => _folded;

    /// <returns>The first row of the map in a panel.</returns>
    public int Add(DoubleMatrix map)
    {
        var row = MapRows;
        _maps.Add(map);
        MapRows += map.Rows;
        return row;
    }

    /// <param name="function">Acts on the position encoding.</param>
    /// <param name="constant">[rows] added to it.</param>
    /// <param name="foldedInto">Map row to which it is added once per image, or -1.</param>
    /// <returns>The first row in a panel of position maps.</returns>
    public int AddPosition(DoubleMatrix function, DoubleMatrix constant, int foldedInto)
    {
        var row = PositionRows;
        _positionParts.Add((function, constant));
        PositionRows += function.Rows;
        if (foldedInto >= 0)
        {
            _folded.Add((row, foldedInto, function.Rows));
        }

        return row;
    }

    /// <summary>All maps, one below the other.</summary>
    public PackedTiles BuildMaps() => new(_maps);

    /// <summary>[panels, PositionRows, 32].</summary>
    public AlignedBuffer BuildPositionMaps()
    {
        var maps = new AlignedBuffer((long)geometry.Panels * PositionRows * PanelKernels.PanelWidth);
        var row = 0;
        foreach (var (function, constant) in _positionParts)
        {
            using var tiles = new PackedTiles(function);
            for (var panel = 0; panel < geometry.Panels; panel++)
            {
                var target = maps.Pointer + ((((long)panel * PositionRows) + row) * PanelKernels.PanelWidth);
                tiles.Multiply(kernels, positions.Pointer + ((long)panel * geometry.Hidden * PanelKernels.PanelWidth), target);
                for (var i = 0; i < function.Rows * PanelKernels.PanelWidth; i++)
                {
                    target[i] += (float)constant.Values[i / PanelKernels.PanelWidth];
                }
            }

            row += function.Rows;
        }

        return maps;
    }
}
