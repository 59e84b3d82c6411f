using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Stacks the projections of one pass, and computes their position parts.</summary>
internal sealed unsafe class ProjectionStack(DecoderSizes sizes, AlignedBuffer positions, PanelKernels kernels)
{
    private readonly List<(DoubleMatrix Function, DoubleMatrix Constant)> _positionParts = [];
    private readonly List<(int PositionRow, int ProjectionRow, int Rows)> _folded = [];
    private readonly List<DoubleMatrix> _projections = [];

    public int ProjectionRows { get; private set; }

    public int PositionRows { get; private set; }

    public IReadOnlyList<(int PositionRow, int ProjectionRow, int Rows)> Folded => _folded;

    /// <returns>The first row of the projection in a panel.</returns>
    public int Add(DoubleMatrix projection)
    {
        var row = ProjectionRows;
        _projections.Add(projection);
        ProjectionRows += projection.Rows;
        return row;
    }

    /// <param name="function">Acts on the position encoding.</param>
    /// <param name="constant">[rows] added to it.</param>
    /// <param name="foldedInto">Projection row to which it is added once per image, or -1.</param>
    /// <returns>The first row in a panel of position projections.</returns>
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

    /// <summary>All projections, one below the other.</summary>
    public PackedTiles BuildProjections() => new(_projections);

    /// <summary>[panels, PositionRows, 32].</summary>
    public AlignedBuffer BuildPositionProjections()
    {
        var projections = new AlignedBuffer((long)sizes.Panels * PositionRows * PanelKernels.PanelWidth);
        var row = 0;
        foreach (var (function, constant) in _positionParts)
        {
            using var tiles = new PackedTiles(function);
            for (var panel = 0; panel < sizes.Panels; panel++)
            {
                var target = projections.Pointer + ((((long)panel * PositionRows) + row) * PanelKernels.PanelWidth);
                tiles.Multiply(kernels, positions.Pointer + ((long)panel * sizes.Hidden * PanelKernels.PanelWidth), target);
                for (var i = 0; i < function.Rows * PanelKernels.PanelWidth; i++)
                {
                    target[i] += (float)constant.Values[i / PanelKernels.PanelWidth];
                }
            }

            row += function.Rows;
        }

        return projections;
    }
}
