using System.Numerics.Tensors;
using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Packs what prompts bring into a pass.</summary>
internal sealed unsafe class PassBuilder(DecoderWeights weights, TokenPlan plan, PanelKernels kernels, ScratchArena arena)
{
    private const int TileRows = PanelKernels.TileRows;
    private const int PanelWidth = PanelKernels.PanelWidth;
    private readonly DecoderGeometry _geometry = weights.Geometry;
    private readonly BasisProjection _projection = new(weights.Geometry, plan, kernels);
    private readonly float* _z = arena.Take(new BasisProjection(weights.Geometry, plan, kernels).Length(
        weights.Geometry.Layers, Math.Max(weights.Geometry.Cross + 1, 4 * weights.Geometry.FirstUpscaled)));

    /// <summary>Image-to-token attention and layer norm of one layer.</summary>
    /// <param name="prompt">Receives the packs.</param>
    /// <param name="pass">1 to the number of layers.</param>
    /// <param name="keys">[tokens, all heads' channels], scaled.</param>
    /// <param name="values">Likewise.</param>
    /// <param name="stride">Floats from row to row of both.</param>
    public void BuildUpdate(PassPrompt prompt, int pass, float* keys, float* values, int stride)
    {
        var passWeights = weights.Passes[pass];
        _projection.BuildBasis(prompt.State, pass, values, stride);
        prompt.UpdatePack = BuildScores(passWeights.Query!, prompt.State, pass - 1, keys, stride, plan.Tokens);

        prompt.NormTiles = new NormTile[pass][];
        var tiles = 0;
        for (var block = 1; block <= pass; block++)
        {
            prompt.NormTiles[block - 1] = [.. NormTilesOf(block)];
            tiles += prompt.NormTiles[block - 1].Length;
        }

        prompt.NormPack = arena.Take((long)tiles * (_geometry.HeadSize + (pass * plan.BlockRows)) * TileRows);
        var pack = prompt.NormPack;
        for (var block = 1; block <= pass; block++)
        {
            _projection.Project(passWeights.Norms[block - 1], prompt.State, pass, _z);
            foreach (var tile in prompt.NormTiles[block - 1])
            {
                pack = PackNormTile(prompt.State, pass, block, tile, pack);
            }
        }
    }

    /// <summary>Attention of prompt tokens to the image.</summary>
    /// <param name="prompt">Receives the pack.</param>
    /// <param name="pass">0 to the number of layers.</param>
    /// <param name="queries">[readers, all heads' channels], scaled.</param>
    /// <param name="stride">Floats from row to row.</param>
    /// <param name="readers">Tokens that read.</param>
    public void BuildRead(PassPrompt prompt, int pass, float* queries, int stride, int readers) =>
        prompt.ReadPack = BuildScores(weights.Passes[pass].Key, prompt.State, pass, queries, stride, readers);

    /// <summary>Turns sums into the attention's result: weights' sum divided out, coefficients' part and constant added.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="pass">The pass that made the sums.</param>
    /// <param name="sums">Sums over all image tokens.</param>
    /// <param name="lanes">Floats from row to row of the coefficient sums.</param>
    /// <param name="readers">Tokens that read.</param>
    /// <param name="result">[readers, all heads' channels].</param>
    /// <param name="stride">Floats from row to row of the result.</param>
    public void Finish(PassPrompt prompt, int pass, AttentionSums sums, int lanes, int readers, float* result, int stride)
    {
        var target = weights.Passes[pass].Value;
        var rows = pass * plan.BlockRows;
        _projection.Project(target, prompt.State, pass, _z);
        var pack = arena.Take(Math.Max(rows, 1) * TileRows);
        var products = stackalloc float[TileRows * PanelWidth];
        for (var head = 0; head < _geometry.Heads; head++)
        {
            for (var first = 0; first < readers; first += TileRows)
            {
                var count = Math.Min(TileRows, readers - first);
                PackSums(sums.Coefficients + (head * readers) + first, lanes, rows, count, pack);
                var column = head * _geometry.HeadSize;
                var end = column + _geometry.HeadSize;
                while (column < end)
                {
                    var (panel, lane) = Math.DivRem(column, PanelWidth);
                    var columns = Math.Min(end - column, PanelWidth - lane);
                    var segment = new PanelSegment(_z + ((long)panel * rows * PanelWidth), rows);
                    kernels.MultiplyTile(pack, &segment, 1, count, products, PanelWidth);
                    for (var i = 0; i < count; i++)
                    {
                        var row = (head * readers) + first + i;
                        var own = sums.Values + (row * sums.ValueLanes) + column - (head * _geometry.HeadSize);
                        var output = result + ((first + i) * stride) + column;
                        for (var k = 0; k < columns; k++)
                        {
                            var sum = own[k] + products[(i * PanelWidth) + lane + k];
                            output[k] = (sum / sums.Weights[row]) + target.Constant[column + k];
                        }
                    }

                    column += columns;
                }
            }
        }
    }

    /// <summary>Floats of what <see cref="BuildUpscaling"/> writes.</summary>
    public static long UpscalingLength(DecoderGeometry geometry, TokenPlan plan) =>
        (long)UpscalingWeights.SubPixels * DecoderGeometry.Tiles(geometry.FirstUpscaled) * geometry.Layers * plan.BlockRows * TileRows;

    /// <summary>The first transposed convolution of a prompt's basis.</summary>
    /// <param name="state">The prompt.</param>
    /// <param name="pack">Receives, per sub-pixel, packed tiles [all coefficients, 8] of 8 channels each.</param>
    public void BuildUpscaling(PromptState state, float* pack)
    {
        var target = weights.Upscaling.First;
        var channels = _geometry.FirstUpscaled;
        var rows = _geometry.Layers * plan.BlockRows;
        _projection.Project(target, state, _geometry.Layers, _z);
        var tile = pack;
        for (var sub = 0; sub < UpscalingWeights.SubPixels; sub++)
        {
            for (var first = 0; first < channels; first += TileRows, tile += rows * TileRows)
            {
                for (var i = 0; i < TileRows; i++)
                {
                    var (panel, lane) = Math.DivRem((sub * channels) + first + i, PanelWidth);
                    for (var row = 0; row < rows; row++)
                    {
                        tile[(row * TileRows) + i] = first + i < channels ? _z[((((long)panel * rows) + row) * PanelWidth) + lane] : 0;
                    }
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

    private float* BuildScores(ImageTarget target, PromptState state, int blocks, float* vectors, int stride, int count)
    {
        var rows = blocks * plan.BlockRows;
        var hasPosition = target.PositionRow >= 0;
        var depth = _geometry.HeadSize + (hasPosition ? rows + _geometry.HeadSize : 0);
        var pack = arena.Take((long)_geometry.Heads * DecoderGeometry.Tiles(count) * depth * TileRows);
        var tile = pack;
        _projection.Project(target, state, blocks, _z);
        for (var head = 0; head < _geometry.Heads; head++)
        {
            var column = head * _geometry.HeadSize;
            for (var first = 0; first < count; first += TileRows, tile += depth * TileRows)
            {
                PackedLinear.Pack(vectors + (first * stride) + column, stride, Math.Min(TileRows, count - first), _geometry.HeadSize, tile);
                if (hasPosition)
                {
                    var length = _geometry.HeadSize * TileRows;
                    BasisProjection.Combine(_z, rows, rows, column, _geometry.HeadSize, tile, tile + length);
                    new Span<float>(tile, length).CopyTo(new Span<float>(tile + length + (rows * TileRows), length));
                }
            }
        }

        return pack;
    }

    private IEnumerable<NormTile> NormTilesOf(int block)
    {
        var start = (block - 1) * plan.BlockRows;
        for (var head = 0; head < _geometry.Heads; head++)
        {
            for (var first = 0; first < plan.BasisTiles * TileRows; first += TileRows)
            {
                var basisRows = Math.Clamp(plan.HeadRows - first, 0, TileRows);
                var hasConstant = plan.UsesWeights && first + TileRows > plan.HeadRows;
                var firstRow = start + 1 + (head * plan.HeadRows) + Math.Min(first, plan.HeadRows);
                yield return new NormTile(head, firstRow, basisRows, basisRows + (hasConstant ? 1 : 0), firstRow + basisRows, true);
            }
        }

        if (!plan.UsesWeights)
        {
            yield return new NormTile(0, start, 0, 1, start + 1, false);
        }
    }

    /// <summary>Own part times two; then coefficient by coefficient, times two where the pair is met only once.</summary>
    private float* PackNormTile(PromptState state, int pass, int block, NormTile tile, float* pack)
    {
        var rowsInAll = pass * plan.BlockRows;
        var start = (block - 1) * plan.BlockRows;
        var ownLength = tile.HasOwnPart ? _geometry.HeadSize * TileRows : 0;
        var inner = pack + ownLength;
        if (tile.HasOwnPart)
        {
            var tileIndex = (tile.FirstRow - start - 1 - (tile.Head * plan.HeadRows)) / TileRows;
            var basis = state.BasisPack(block) + (((tile.Head * plan.BasisTiles) + tileIndex) * ownLength);
            BasisProjection.Combine(_z, rowsInAll, tile.Depth, tile.Head * _geometry.HeadSize, _geometry.HeadSize, basis, inner);
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
            PackConstantColumn(state, block, rowsInAll, tile, inner);
        }

        return inner + (tile.Depth * TileRows);
    }

    /// <summary>Inner products of the block's constant with what stands before it; once, in the tile of the first head.</summary>
    private void PackConstantColumn(PromptState state, int block, int rowsInAll, NormTile tile, float* inner)
    {
        var start = (block - 1) * plan.BlockRows;
        for (var row = 0; row < tile.Depth; row++)
        {
            var product = 0f;
            if (tile.Head == 0 && row <= start)
            {
                product = ConstantProduct(state.LastPack(block), rowsInAll, row) * (row < start ? 2 : 1);
            }

            inner[(row * TileRows) + tile.BasisRows] = product;
        }
    }

    private float ConstantProduct(float* lastPack, int rowsInAll, int row)
    {
        float Element(int column) => _z[(((long)(column / PanelWidth) * rowsInAll) + row) * PanelWidth + (column % PanelWidth)];
        var sum = Element(_geometry.Cross);
        for (var channel = 0; channel < _geometry.Cross; channel++)
        {
            sum += Element(channel) * lastPack[channel * TileRows];
        }

        return sum;
    }
}
