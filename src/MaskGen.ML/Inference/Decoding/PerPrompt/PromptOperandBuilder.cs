using System.Numerics.Tensors;
using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Packs the operands that a prompt brings into a pass: from its tokens, and from what the pass's projections make of its
/// basis.</summary>
/// <param name="weights">Weights.</param>
/// <param name="layout">Sizes of the prompt's buffers.</param>
/// <param name="kernels">Kernels to run on.</param>
/// <param name="arena">Gives the memory of the operands.</param>
internal sealed unsafe class PromptOperandBuilder(DecoderWeights weights, PromptLayout layout, PanelKernels kernels, ScratchArena arena)
{
    private const int TileRows = PanelKernels.TileRows;
    private const int PanelWidth = PanelKernels.PanelWidth;
    private readonly DecoderSizes _sizes = weights.Sizes;
    private readonly BasisProjection _basis = new(weights.Sizes, layout, kernels);
    private readonly float* _projectedBasis = arena.Take(BasisProjection.Length(layout, weights.Sizes.Layers, weights.Sizes.Cross + 1));

    /// <summary>Image-to-token attention and layer norm of one layer.</summary>
    /// <param name="prompt">Receives the packs.</param>
    /// <param name="pass">1 to the number of layers.</param>
    /// <param name="keys">[tokens, all heads' channels], scaled.</param>
    /// <param name="values">Likewise.</param>
    /// <param name="stride">Floats from row to row of both.</param>
    public void BuildUpdate(PromptOperands prompt, int pass, float* keys, float* values, int stride)
    {
        var passWeights = weights.Passes[pass];
        _basis.BuildBasis(prompt.Coefficients, pass, values, stride);
        prompt.ImageToTokenKeys = BuildScores(passWeights.Query!, prompt.Coefficients, pass - 1, keys, stride, layout.PromptTokens);

        prompt.VarianceTiles = new VarianceTile[pass][];
        var tiles = 0;
        for (var layer = 1; layer <= pass; layer++)
        {
            prompt.VarianceTiles[layer - 1] = [.. VarianceTilesOf(layer)];
            tiles += prompt.VarianceTiles[layer - 1].Length;
        }

        prompt.VarianceTerms = arena.Take((long)tiles * (_sizes.HeadSize + (pass * layout.LayerRows)) * TileRows);
        var pack = prompt.VarianceTerms;
        for (var layer = 1; layer <= pass; layer++)
        {
            _basis.Project(passWeights.Variances[layer - 1], prompt.Coefficients, pass, _projectedBasis);
            foreach (var tile in prompt.VarianceTiles[layer - 1])
            {
                pack = PackVarianceTile(prompt.Coefficients, pass, layer, tile, pack);
            }
        }
    }

    /// <summary>Attention of prompt tokens to the image.</summary>
    /// <param name="prompt">Receives the pack.</param>
    /// <param name="pass">0 to the number of layers.</param>
    /// <param name="queries">[readers, all heads' channels], scaled.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="readers">Tokens that read.</param>
    public void BuildRead(PromptOperands prompt, int pass, float* queries, int stride, int readers) =>
        prompt.TokenToImageQueries = BuildScores(weights.Passes[pass].Key, prompt.Coefficients, pass, queries, stride, readers);

    private float* BuildScores(
        ImageProjection projection, ImageTokenCoefficients coefficients, int layers, float* vectors, int stride, int count)
    {
        var rows = layers * layout.LayerRows;
        var hasPosition = projection.PositionRow >= 0;
        var depth = _sizes.HeadSize + (hasPosition ? rows + _sizes.HeadSize : 0);
        var pack = arena.Take((long)_sizes.Heads * DecoderSizes.Tiles(count) * depth * TileRows);
        var tile = pack;
        _basis.Project(projection, coefficients, layers, _projectedBasis);
        for (var head = 0; head < _sizes.Heads; head++)
        {
            var column = head * _sizes.HeadSize;
            for (var first = 0; first < count; first += TileRows, tile += depth * TileRows)
            {
                PackedLinear.Pack(vectors + (first * stride) + column, stride, Math.Min(TileRows, count - first), _sizes.HeadSize, tile);
                if (hasPosition)
                {
                    var length = _sizes.HeadSize * TileRows;
                    BasisProjection.Combine(_projectedBasis, rows, rows, column, _sizes.HeadSize, tile, tile + length);
                    new Span<float>(tile, length).CopyTo(new Span<float>(tile + length + (rows * TileRows), length));
                }
            }
        }

        return pack;
    }

    private IEnumerable<VarianceTile> VarianceTilesOf(int layer)
    {
        var start = (layer - 1) * layout.LayerRows;
        for (var head = 0; head < _sizes.Heads; head++)
        {
            for (var first = 0; first < layout.BasisTiles * TileRows; first += TileRows)
            {
                var basisRows = Math.Clamp(layout.HeadRows - first, 0, TileRows);
                var hasConstant = layout.CoefficientsAreAttention && first + TileRows > layout.HeadRows;
                var firstRow = start + 1 + (head * layout.HeadRows) + Math.Min(first, layout.HeadRows);
                yield return new VarianceTile(head, firstRow, basisRows, basisRows + (hasConstant ? 1 : 0), firstRow + basisRows, true);
            }
        }

        if (!layout.CoefficientsAreAttention)
        {
            yield return new VarianceTile(0, start, 0, 1, start + 1, false);
        }
    }

    /// <summary>Own part times two; then coefficient by coefficient, times two where the pair is met only once.</summary>
    private float* PackVarianceTile(ImageTokenCoefficients coefficients, int pass, int layer, VarianceTile tile, float* pack)
    {
        var rowsInAll = pass * layout.LayerRows;
        var start = (layer - 1) * layout.LayerRows;
        var ownLength = tile.HasOwnPart ? _sizes.HeadSize * TileRows : 0;
        var inner = pack + ownLength;
        if (tile.HasOwnPart)
        {
            var tileIndex = (tile.FirstRow - start - 1 - (tile.Head * layout.HeadRows)) / TileRows;
            var basis = coefficients.BasisPack(layer) + (((tile.Head * layout.BasisTiles) + tileIndex) * ownLength);
            BasisProjection.Combine(_projectedBasis, rowsInAll, tile.Depth, tile.Head * _sizes.HeadSize, _sizes.HeadSize, basis, inner);
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(basis, ownLength), 2, new Span<float>(pack, ownLength));
        }
        else
        {
            new Span<float>(inner, tile.Depth * TileRows).Clear();
        }

        var earlier = Math.Min(tile.FirstRow, tile.Depth) * TileRows;
        TensorPrimitives.Multiply(new ReadOnlySpan<float>(inner, earlier), 2, new Span<float>(inner, earlier));
        if (tile.Rows > tile.BasisRows)
        {
            PackConstantColumn(coefficients, layer, rowsInAll, tile, inner);
        }

        return inner + (tile.Depth * TileRows);
    }

    /// <summary>Inner products of the layer's constant with what stands before it; once, in the tile of the first head.</summary>
    private void PackConstantColumn(ImageTokenCoefficients coefficients, int layer, int rowsInAll, VarianceTile tile, float* inner)
    {
        var start = (layer - 1) * layout.LayerRows;
        for (var row = 0; row < tile.Depth; row++)
        {
            var product = 0f;
            if (tile.Head == 0 && row <= start)
            {
                product = ConstantProduct(coefficients.ConstantPack(layer), rowsInAll, row) * (row < start ? 2 : 1);
            }

            inner[(row * TileRows) + tile.BasisRows] = product;
        }
    }

    private float ConstantProduct(float* constantPack, int rowsInAll, int row)
    {
        float Element(int column) =>
            _projectedBasis[((((long)(column / PanelWidth) * rowsInAll) + row) * PanelWidth) + (column % PanelWidth)];
        var sum = Element(_sizes.Cross);
        for (var channel = 0; channel < _sizes.Cross; channel++)
        {
            sum += Element(channel) * constantPack[channel * TileRows];
        }

        return sum;
    }
}
