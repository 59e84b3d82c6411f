using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Builds bases, and pushes them through the linear functions that read them.</summary>
internal sealed unsafe class BasisProjection(DecoderGeometry geometry, TokenPlan plan, PanelKernels kernels)
{
    private const int TileRows = PanelKernels.TileRows;
    private const int PanelWidth = PanelKernels.PanelWidth;

    /// <summary>Floats that a projection onto so many outputs takes.</summary>
    public long Length(int blocks, int outputs) => (long)DecoderGeometry.Stride(outputs) * blocks * plan.BlockRows;

    /// <summary>Writes the basis of one layer.</summary>
    /// <param name="state">Receives it.</param>
    /// <param name="block">1 to the number of layers.</param>
    /// <param name="values">[tokens, all heads' channels]: values of the image-to-token attention.</param>
    /// <param name="stride">Floats from row to row of the values.</param>
    public void BuildBasis(PromptState state, int block, float* values, int stride)
    {
        var last = values + ((plan.Tokens - 1) * stride);
        var rows = plan.UsesWeights ? plan.Tokens : geometry.HeadSize;
        var pack = state.BasisPack(block);
        for (var head = 0; head < geometry.Heads; head++)
        {
            for (var tile = 0; tile < plan.BasisTiles; tile++)
            {
                for (var channel = 0; channel < geometry.HeadSize; channel++)
                {
                    for (var i = 0; i < TileRows; i++)
                    {
                        var row = (tile * TileRows) + i;
                        *pack++ = row < rows ? BasisElement(values, last, stride, head, row, channel) : 0;
                    }
                }
            }
        }

        var lastPack = state.LastPack(block);
        new Span<float>(lastPack, (int)plan.LastPackLength).Clear();
        for (var channel = 0; plan.UsesWeights && channel < geometry.Cross; channel++)
        {
            lastPack[channel * TileRows] = last[channel];
        }

        if (!plan.UsesWeights)
        {
            PackValues(state.ValuePack(block), values, stride);
        }
    }

    /// <summary>Image of a prompt's basis vectors: <c>z</c> as panels [blocks * BlockRows, 32] of 32 outputs.</summary>
    public void Project(ImageTarget target, PromptState state, int blocks, float* z)
    {
        var rowsInAll = blocks * plan.BlockRows;
        for (var block = 1; block <= blocks; block++)
        {
            var linear = target.Blocks[block - 1];
            for (var panel = 0; panel < linear.Panels; panel++)
            {
                var result = z + ((((long)panel * rowsInAll) + ((block - 1) * plan.BlockRows)) * PanelWidth);
                var constant = new PanelSegment(linear.Panel(panel), geometry.Cross);
                kernels.MultiplyTile(state.LastPack(block), &constant, 1, 1, result, PanelWidth, linear.Bias(panel));
                ProjectHeads(linear.Panel(panel), state.BasisPack(block), result + PanelWidth);
            }
        }
    }

    /// <summary><c>result[r, i] = sum over columns of z[r, column] * tile[column, i]</c> over some columns of a projection.</summary>
    /// <param name="z">Panels of [rowsInAll, 32].</param>
    /// <param name="rowsInAll">Rows of the projection.</param>
    /// <param name="rows">How many of them are wanted.</param>
    /// <param name="firstColumn">First column.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="tile">Packed [columns, 8].</param>
    /// <param name="result">[rows, 8].</param>
    public static void Combine(float* z, int rowsInAll, int rows, int firstColumn, int columns, float* tile, float* result)
    {
        new Span<float>(result, rows * TileRows).Clear();
        while (columns > 0)
        {
            var (panel, lane) = Math.DivRem(firstColumn, PanelWidth);
            var count = Math.Min(columns, PanelWidth - lane);
            PanelKernels.CombineTile(z + ((long)panel * rowsInAll * PanelWidth) + lane, rows, tile, count, result);
            (firstColumn, columns) = (firstColumn + count, columns - count);
            tile += count * TileRows;
        }
    }

    private float BasisElement(float* values, float* last, int stride, int head, int row, int channel)
    {
        var column = (head * geometry.HeadSize) + channel;
        if (!plan.UsesWeights)
        {
            return row == channel ? 1 : 0;
        }

        return row == plan.HeadRows ? last[column] : values[(row * stride) + column] - last[column];
    }

    private void PackValues(float* pack, float* values, int stride)
    {
        for (var head = 0; head < geometry.Heads; head++)
        {
            for (var tile = 0; tile < plan.BasisTiles; tile++)
            {
                for (var token = 0; token < plan.Tokens; token++)
                {
                    for (var i = 0; i < TileRows; i++)
                    {
                        var channel = (tile * TileRows) + i;
                        *pack++ = channel < geometry.HeadSize ? values[(token * stride) + (head * geometry.HeadSize) + channel] : 0;
                    }
                }
            }
        }
    }

    private void ProjectHeads(float* weights, float* pack, float* result)
    {
        for (var head = 0; head < geometry.Heads; head++)
        {
            var segment = new PanelSegment(weights + (head * geometry.HeadSize * PanelWidth), geometry.HeadSize);
            for (var row = 0; row < plan.HeadRows; row += TileRows)
            {
                var tile = pack + (((head * plan.BasisTiles) + (row / TileRows)) * geometry.HeadSize * TileRows);
                kernels.MultiplyTile(
                    tile,
                    &segment,
                    1,
                    Math.Min(TileRows, plan.HeadRows - row),
                    result + (((head * plan.HeadRows) + row) * PanelWidth),
                    PanelWidth);
            }
        }
    }
}
