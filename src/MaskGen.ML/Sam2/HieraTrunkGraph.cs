using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>The Hiera backbone as graph nodes: patch embedding, windowed and global attention blocks, query pooling.</summary>
/// <remarks>The maps stay in token order [H * W, C] throughout, so that every projection is one matrix product on the weights as stored.
/// Source: SAM 2 2b90b9f, sam2/modeling/backbones/hieradet.py.</remarks>
internal sealed class HieraTrunkGraph
{
    private const string Prefix = "vision_encoder.backbone";
    private readonly GraphBuilder _graph;
    private readonly HieraTrunkConfig _config;
    private readonly EncoderPrecision _precision;

    private HieraTrunkGraph(GraphBuilder graph, HieraTrunkConfig config, EncoderPrecision precision)
    {
        _graph = graph;
        _config = config;
        _precision = precision;
    }

    /// <summary>Adds the trunk.</summary>
    /// <param name="graph">Receives the nodes.</param>
    /// <param name="config">Configuration of the trunk.</param>
    /// <param name="image">float32 [1, 3, S, S], normalized.</param>
    /// <param name="imageSize">S.</param>
    /// <param name="precision">What the matrix products of the blocks are computed with.</param>
    /// <returns>The output of every stage, finest first.</returns>
    public static IReadOnlyList<TokenMap> Build(
        GraphBuilder graph, HieraTrunkConfig config, GraphValue image, int imageSize, EncoderPrecision precision) =>
        new HieraTrunkGraph(graph, config, precision).Build(image, imageSize);

    private List<TokenMap> Build(GraphValue image, int imageSize)
    {
        var map = EmbedPatches(image, imageSize);
        var stages = new List<TokenMap>();
        foreach (var block in HieraBlock.Of(_config))
        {
            map = AddBlock(map, block);
            if (block.EndsStage)
            {
                stages.Add(map);
            }
        }

        return stages;
    }

    private TokenMap EmbedPatches(GraphValue image, int imageSize)
    {
        var (kernel, stride, padding) = (_config.PatchKernelSize, _config.PatchStride, _config.PatchPadding);
        var width = _config.WidthPerStage[0];
        var side = ((imageSize + (2 * padding) - kernel) / stride) + 1;
        var weight = _graph.Parameter($"{Prefix}.patch_embed.projection.weight", width, 3, kernel, kernel);
        var bias = _graph.Parameter($"{Prefix}.patch_embed.projection.bias", width);
        var patches = _graph.Convolution(image, weight, bias, kernel, stride, padding);
        var rows = _graph.Reshape(_graph.Transpose(patches, 0, 2, 3, 1), side, (long)side * width);
        var tokens = _graph.Reshape(AddPositionEmbedding(rows, side, width), (long)side * side, width);
        return new TokenMap(tokens, side, side, width);
    }

    // rows [side, side * width]
    private GraphValue AddPositionEmbedding(GraphValue rows, int side, int width)
    {
        var (backgroundHeight, backgroundWidth) = _config.BackgroundPositionSize;
        var window = _config.WindowSizePerStage[0];
        var rank = backgroundHeight + window;
        var weights = _graph.Constant(HieraPositionEmbedding.RowWeights(backgroundHeight, window, side), side, rank);
        var embedding = _graph.Derived(
            "position_embedding",
            [rank, side * width],
            [
                new GraphParameter($"{Prefix}.pos_embed", [1, width, backgroundHeight, backgroundWidth]),
                new GraphParameter($"{Prefix}.pos_embed_window", [1, width, window, window]),
            ],
            values => HieraPositionEmbedding.Rows(values[0].Span, backgroundHeight, backgroundWidth, values[1].Span, window, side));
        return _graph.MultiplyAdd(weights, embedding, rows);
    }

    private TokenMap AddBlock(TokenMap map, HieraBlock block)
    {
        var name = $"{Prefix}.blocks.{block.Index}";
        var normalized = map with { Value = ToProducts(Normalize(map.Value, $"{name}.layer_norm1", map.Channels)) };
        var residual = map;
        if (block.InputWidth != block.OutputWidth)
        {
            residual = normalized with
            {
                Value = FromProducts(Project(normalized.Value, $"{name}.proj", block.InputWidth, block.OutputWidth)),
                Channels = block.OutputWidth,
            };
        }

        if (block.QueryStride > 1)
        {
            residual = Pool(residual, 1, block.QueryStride);
        }

        var attended = Attend(normalized, residual, block, $"{name}.attn");
        var sum = _graph.Add(residual.Value, attended);
        return residual with { Value = _graph.Add(sum, Mlp(sum, name, block.OutputWidth)) };
    }

    private GraphValue Mlp(GraphValue x, string name, int width)
    {
        var hidden = (int)(width * _config.MlpRatio);
        var inner = Project(ToProducts(Normalize(x, $"{name}.layer_norm2", width)), $"{name}.mlp.proj_in", width, hidden);
        return FromProducts(Project(_graph.Gelu(inner), $"{name}.mlp.proj_out", hidden, width));
    }

    // Attention within windows (or over the whole map), queries pooled where the block says so.
    // Returns tokens in the order and size of the residual.
    private GraphValue Attend(TokenMap map, TokenMap residual, HieraBlock block, string name)
    {
        var window = block.WindowSize == 0 ? map.Height : block.WindowSize;
        var windows = Partition(map, window);
        var width = block.OutputWidth;
        var parts = ProjectToThree(windows.Value, $"{name}.qkv", map.Channels, width);

        // Every window is a map of its own for the pooling.
        var query = new TokenMap(parts[0], window, window, width);
        if (block.QueryStride > 1)
        {
            query = Pool(query, windows.Count, block.QueryStride);
        }

        long tokens = (long)window * window;
        var attended = _graph.MultiHeadAttention(
            _graph.Reshape(query.Value, windows.Count, (long)query.Height * query.Width, width),
            _graph.Reshape(parts[1], windows.Count, tokens, width),
            _graph.Reshape(parts[2], windows.Count, tokens, width),
            block.Heads);
        var projected = Project(_graph.Reshape(attended, -1, width), $"{name}.proj", width, width);
        return FromProducts(Unpartition(projected, query.Height, residual));
    }

    // [H * W, C] -> [windows * window * window, C]; the map is padded with zeros at the right and bottom to whole windows.
    private (GraphValue Value, int Count) Partition(TokenMap map, int window)
    {
        if (window == map.Height && window == map.Width)
        {
            return (map.Value, 1);
        }

        var rows = CeilingDivide(map.Height, window);
        var columns = CeilingDivide(map.Width, window);
        var x = _graph.Reshape(map.Value, map.Height, map.Width, map.Channels);
        if (rows * window != map.Height || columns * window != map.Width)
        {
            x = _graph.PadEnd(x, (rows * window) - map.Height, (columns * window) - map.Width, 0);
        }

        x = _graph.Transpose(_graph.Reshape(x, rows, window, columns, window, map.Channels), 0, 2, 1, 3, 4);
        return (_graph.Reshape(x, -1, map.Channels), rows * columns);
    }

    // The way back, without the padding. After query pooling the windows are smaller by its stride.
    private GraphValue Unpartition(GraphValue x, int window, TokenMap target)
    {
        if (window == target.Height && window == target.Width)
        {
            return x;
        }

        var rows = CeilingDivide(target.Height, window);
        var columns = CeilingDivide(target.Width, window);
        x = _graph.Transpose(_graph.Reshape(x, rows, columns, window, window, target.Channels), 0, 2, 1, 3, 4);
        x = _graph.Reshape(x, rows * window, columns * window, target.Channels);
        if (rows * window != target.Height)
        {
            x = _graph.Slice(x, 0, 0, target.Height);
        }

        if (columns * window != target.Width)
        {
            x = _graph.Slice(x, 1, 0, target.Width);
        }

        return _graph.Reshape(x, (long)target.Height * target.Width, target.Channels);
    }

    // Maximum over stride x stride squares of each of `count` maps that follow one another; odd rows and columns at the end are dropped.
    private TokenMap Pool(TokenMap map, int count, int stride)
    {
        var (height, width) = (map.Height / stride, map.Width / stride);
        var x = _graph.Reshape(map.Value, count, map.Height, map.Width, map.Channels);
        if (height * stride != map.Height)
        {
            x = _graph.Slice(x, 1, 0, height * stride);
        }

        if (width * stride != map.Width)
        {
            x = _graph.Slice(x, 2, 0, width * stride);
        }

        // One axis at a time, in shapes [outer, stride, inner] that reduce contiguous rows.
        x = _graph.Maximum(_graph.Reshape(x, (long)count * height, stride, (long)width * stride * map.Channels), 1);
        x = _graph.Maximum(_graph.Reshape(x, (long)count * height * width, stride, map.Channels), 1);
        return new TokenMap(x, height, width, map.Channels);
    }

    private GraphValue Normalize(GraphValue x, string name, int width) =>
        _graph.LayerNormalization(
            x, _graph.Parameter($"{name}.weight", width), _graph.Parameter($"{name}.bias", width), _config.LayerNormEpsilon);

    private GraphValue Project(GraphValue x, string name, int inputWidth, int outputWidth)
    {
        if (_precision == EncoderPrecision.Float32)
        {
            return _graph.Linear(
                x, _graph.Parameter($"{name}.weight", outputWidth, inputWidth), _graph.Parameter($"{name}.bias", outputWidth));
        }

        if (_precision == EncoderPrecision.Float16)
        {
            return _graph.Linear(
                x,
                _graph.Float16Parameter($"{name}.weight", outputWidth, inputWidth),
                _graph.Float16Parameter($"{name}.bias", outputWidth));
        }

        var bias = _graph.Parameter($"{name}.bias", outputWidth);
        var (weight, scales) = Int8Weight(name, inputWidth, outputWidth, 0, outputWidth);
        return _graph.Int8Linear(x, weight, scales, bias);
    }

    // Queries, keys and values, whose weights are one tensor of the checkpoint.
    private GraphValue[] ProjectToThree(GraphValue x, string name, int inputWidth, int width)
    {
        if (_precision != EncoderPrecision.Int8)
        {
            return _graph.Split(Project(x, name, inputWidth, 3 * width), 1, width, width, width);
        }

        // As three products: splitting what comes out would take about as long as one of them.
        var rows = _graph.Quantize(x);
        return [Part(0), Part(1), Part(2)];

        GraphValue Part(int part)
        {
            var (weight, scales) = Int8Weight(name, inputWidth, 3 * width, part * width, width);
            var bias = _graph.Derived(
                $"{name}.bias.{part}",
                [width],
                [new GraphParameter($"{name}.bias", [3 * width])],
                values => values[0].Slice(part * width, width).ToArray());
            return _graph.Int8Linear(rows, weight, scales, bias);
        }
    }

    // Output channels of a weight, from one on.
    private (GraphValue Weight, GraphValue Scales) Int8Weight(string name, int inputWidth, int outputWidth, int first, int count)
    {
        GraphParameter[] source = [new($"{name}.weight", [outputWidth, inputWidth])];
        var (start, length) = (first * inputWidth, count * inputWidth);
        return (
            _graph.DerivedInt8(
                $"{name}.weight.{first}",
                [inputWidth, count],
                source,
                values => Int8Weights.Transposed(values[0].Span.Slice(start, length), count)),
            _graph.Derived(
                $"{name}.scales.{first}", [count], source, values => Int8Weights.Scales(values[0].Span.Slice(start, length), count)));
    }

    // What goes into products, attention and GELU is rounded once, and what comes out of them is widened before it is added up: the sums
    // from block to block grow beyond what float16 resolves. Int8 is brought to its 8 bits by each product.
    private GraphValue ToProducts(GraphValue x) => _precision == EncoderPrecision.Float16 ? _graph.CastToFloat16(x) : x;

    private GraphValue FromProducts(GraphValue x) => _precision == EncoderPrecision.Float16 ? _graph.CastToFloat32(x) : x;

    private static int CeilingDivide(int value, int divisor) => (value + divisor - 1) / divisor;
}
