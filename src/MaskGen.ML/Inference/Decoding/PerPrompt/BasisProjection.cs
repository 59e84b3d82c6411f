using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Builds bases, and pushes them through the linear functions that read them.</summary>
internal sealed unsafe class BasisProjection(DecoderSizes sizes, PromptLayout layout, PanelKernels kernels)
{
    private const int TileRows = PanelKernels.TileRows;
    private const int PanelWidth = PanelKernels.PanelWidth;

    /// <summary>Floats that a projection onto so many outputs takes.</summary>
    public static long Length(PromptLayout layout, int layers, int outputs) =>
        (long)DecoderSizes.Stride(outputs) * layers * layout.LayerRows;

    /// <summary>Writes the basis of one layer.</summary>
    /// <param name="coefficients">Receives it.</param>
    /// <param name="layer">1 to the number of layers.</param>
    /// <param name="values">[tokens, all heads' channels]: values of the image-to-token attention.</param>
    /// <param name="stride">Floats from row to row of the values.</param>
    public void BuildBasis(ImageTokenCoefficients coefficients, int layer, float* values, int stride)
    {
        var last = values + ((layout.PromptTokens - 1) * stride);
        var rows = layout.CoefficientsAreAttention ? layout.PromptTokens : sizes.HeadSize;
        var pack = coefficients.BasisPack(layer);
        for (var head = 0; head < sizes.Heads; head++)
        {
            for (var tile = 0; tile < layout.BasisTiles; tile++)
            {
                for (var channel = 0; channel < sizes.HeadSize; channel++)
                {
                    for (var i = 0; i < TileRows; i++)
                    {
                        var row = (tile * TileRows) + i;
                        *pack++ = row < rows ? BasisElement(values, last, stride, head, row, channel) : 0;
                    }
                }
            }
        }

        var constantPack = coefficients.ConstantPack(layer);
        new Span<float>(constantPack, (int)layout.ConstantPackLength).Clear();
        for (var channel = 0; layout.CoefficientsAreAttention && channel < sizes.Cross; channel++)
        {
            constantPack[channel * TileRows] = last[channel];
        }

        if (!layout.CoefficientsAreAttention)
        {
            PackValues(coefficients.ValuePack(layer), values, stride);
        }
    }

    /// <summary>What a projection makes of a prompt's basis vectors, as panels [layers * LayerRows, 32] of 32 outputs.</summary>
    public void Project(ImageProjection projection, ImageTokenCoefficients coefficients, int layers, float* projectedBasis)
    {
        var rowsInAll = layers * layout.LayerRows;
        for (var layer = 1; layer <= layers; layer++)
        {
            var linear = projection.Layers[layer - 1];
            for (var panel = 0; panel < linear.Panels; panel++)
            {
                var result = projectedBasis + ((((long)panel * rowsInAll) + ((layer - 1) * layout.LayerRows)) * PanelWidth);
                var constant = new PanelSegment(linear.Panel(panel), sizes.Cross);
                kernels.MultiplyTile(coefficients.ConstantPack(layer), &constant, 1, 1, result, PanelWidth, linear.Bias(panel));
                ProjectHeads(linear.Panel(panel), coefficients.BasisPack(layer), result + PanelWidth);
            }
        }
    }

    /// <summary><c>result[r, i] = sum over columns of projectedBasis[r, column] * tile[column, i]</c> over some columns of a
    /// projection.</summary>
    /// <param name="projectedBasis">Panels of [rowsInAll, 32].</param>
    /// <param name="rowsInAll">Rows of the projection.</param>
    /// <param name="rows">How many of them are wanted.</param>
    /// <param name="firstColumn">First column.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="tile">Packed [columns, 8].</param>
    /// <param name="result">[rows, 8].</param>
    public static void Combine(float* projectedBasis, int rowsInAll, int rows, int firstColumn, int columns, float* tile, float* result)
    {
        new Span<float>(result, rows * TileRows).Clear();
        while (columns > 0)
        {
            var (panel, lane) = Math.DivRem(firstColumn, PanelWidth);
            var count = Math.Min(columns, PanelWidth - lane);
            PanelKernels.CombineTile(projectedBasis + ((long)panel * rowsInAll * PanelWidth) + lane, rows, tile, count, result);
            (firstColumn, columns) = (firstColumn + count, columns - count);
            tile += count * TileRows;
        }
    }

    private float BasisElement(float* values, float* last, int stride, int head, int row, int channel)
    {
        var column = (head * sizes.HeadSize) + channel;
        if (!layout.CoefficientsAreAttention)
        {
            return row == channel ? 1 : 0;
        }

        return row == layout.HeadRows ? last[column] : values[(row * stride) + column] - last[column];
    }

    private void PackValues(float* pack, float* values, int stride)
    {
        for (var head = 0; head < sizes.Heads; head++)
        {
            for (var tile = 0; tile < layout.BasisTiles; tile++)
            {
                for (var token = 0; token < layout.PromptTokens; token++)
                {
                    for (var i = 0; i < TileRows; i++)
                    {
                        var channel = (tile * TileRows) + i;
                        *pack++ = channel < sizes.HeadSize ? values[(token * stride) + (head * sizes.HeadSize) + channel] : 0;
                    }
                }
            }
        }
    }

    private void ProjectHeads(float* weights, float* pack, float* result)
    {
        for (var head = 0; head < sizes.Heads; head++)
        {
            var segment = new PanelSegment(weights + (head * sizes.HeadSize * PanelWidth), sizes.HeadSize);
            for (var row = 0; row < layout.HeadRows; row += TileRows)
            {
                var tile = pack + (((head * layout.BasisTiles) + (row / TileRows)) * sizes.HeadSize * TileRows);
                kernels.MultiplyTile(
                    tile,
                    &segment,
                    1,
                    Math.Min(TileRows, layout.HeadRows - row),
                    result + (((head * layout.HeadRows) + row) * PanelWidth),
                    PanelWidth);
            }
        }
    }
}
