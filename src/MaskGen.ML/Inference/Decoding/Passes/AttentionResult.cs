using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>What prompt tokens have read from the image, once all image tokens are summed.</summary>
/// <param name="weights">Weights.</param>
/// <param name="layout">Sizes of the prompt's buffers.</param>
/// <param name="kernels">Kernels to run on.</param>
/// <param name="arena">Scratch memory.</param>
internal sealed unsafe class AttentionResult(DecoderWeights weights, PromptLayout layout, PanelKernels kernels, ScratchArena arena)
{
    private const int TileRows = PanelKernels.TileRows;
    private const int PanelWidth = PanelKernels.PanelWidth;
    private readonly DecoderSizes _sizes = weights.Sizes;
    private readonly BasisProjection _basis = new(weights.Sizes, layout, kernels);
    private readonly float* _projectedBasis = arena.Take(BasisProjection.Length(layout, weights.Sizes.Layers, weights.Sizes.Cross));

    /// <summary>Turns sums into the attention's result: weights' sum divided out, coefficients' part and constant added.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="pass">The pass that made the sums.</param>
    /// <param name="sums">Sums over all image tokens.</param>
    /// <param name="lanes">Floats from row to row of the coefficient sums.</param>
    /// <param name="readers">Tokens that read.</param>
    /// <param name="result">[readers, all heads' channels].</param>
    /// <param name="stride">Floats from row to row of the result.</param>
    public void Finish(PromptOperands prompt, int pass, AttentionSums sums, int lanes, int readers, float* result, int stride)
    {
        var projection = weights.Passes[pass].Value;
        var rows = pass * layout.LayerRows;
        _basis.Project(projection, prompt.Coefficients, pass, _projectedBasis);
        var pack = arena.Take(Math.Max(rows, 1) * TileRows);
        var products = stackalloc float[TileRows * PanelWidth];
        for (var head = 0; head < _sizes.Heads; head++)
        {
            for (var first = 0; first < readers; first += TileRows)
            {
                var count = Math.Min(TileRows, readers - first);
                PackSums(sums.Coefficients + (head * readers) + first, lanes, rows, count, pack);
                var column = head * _sizes.HeadSize;
                var end = column + _sizes.HeadSize;
                while (column < end)
                {
                    var (panel, lane) = Math.DivRem(column, PanelWidth);
                    var columns = Math.Min(end - column, PanelWidth - lane);
                    var segment = new PanelSegment(_projectedBasis + ((long)panel * rows * PanelWidth), rows);
                    kernels.MultiplyTile(pack, &segment, 1, count, products, PanelWidth);
                    for (var i = 0; i < count; i++)
                    {
                        var row = (head * readers) + first + i;
                        var own = sums.Values + (row * sums.ValueLanes) + column - (head * _sizes.HeadSize);
                        var output = result + ((first + i) * stride) + column;
                        for (var k = 0; k < columns; k++)
                        {
                            var sum = own[k] + products[(i * PanelWidth) + lane + k];
                            output[k] = (sum / sums.Totals[row]) + projection.Constant[column + k];
                        }
                    }

                    column += columns;
                }
            }
        }
    }

    private static void PackSums(float* sums, int lanes, int rows, int count, float* pack)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < TileRows; i++)
            {
                pack[(row * TileRows) + i] = i < count ? sums[(row * lanes) + i] : 0;
            }
        }
    }
}
