using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>Cross attention between prompt tokens and image tokens as graph nodes, in an order of sums that projects few prompt tokens
/// instead of many image tokens.</summary>
/// <remarks>
/// With H heads of h channels, D = H h, N image tokens x and their position encoding p: a query q of head i scores key j as
/// <c>q W (x + p) + q b = (q W) x + q (W p + b)</c>. The first term takes H T rows of q W [d] for T prompt tokens instead of N keys; in the
/// second, what stands in parentheses depends neither on the prompt nor on the image, so that ONNX Runtime computes it when a session is
/// built. Image tokens that no prompt has changed are the same for all of them: then <c>W (x + p) + b</c> is computed once per image, and
/// stands where the constant does. Only standard operators are used.
/// </remarks>
internal sealed class ImageAttention
{
    private readonly GraphBuilder _graph;
    private readonly int _width;
    private readonly int _inner;
    private readonly int _heads;
    private readonly int _tokens;

    public ImageAttention(GraphBuilder graph, Sam2ModelConfig config)
    {
        _graph = graph;
        _width = config.HiddenSize;
        _inner = config.HiddenSize / config.MaskDecoder.AttentionDownsampleRate;
        _heads = config.MaskDecoder.HeadCount;
        _tokens = config.EmbeddingSize * config.EmbeddingSize;
    }

    private int HeadWidth => _inner / _heads;

    /// <summary>Keys of an attention to image tokens.</summary>
    /// <param name="rows">[N, d]: image tokens and their positions, or the positions alone.</param>
    /// <param name="name">The attention.</param>
    /// <returns>[H, h, N].</returns>
    public GraphValue Keys(GraphValue rows, string name)
    {
        var keys = DecoderLayers.Project(_graph, rows, $"{name}.k_proj", _width, _inner);
        return _graph.Reshape(_graph.Transpose(keys, 1, 0), _heads, HeadWidth, _tokens);
    }

    /// <summary>Values of an attention to image tokens.</summary>
    /// <param name="rows">[N, d]: image tokens.</param>
    /// <param name="name">The attention.</param>
    /// <returns>[H, N, h].</returns>
    public GraphValue Values(GraphValue rows, string name)
    {
        var values = DecoderLayers.Project(_graph, rows, $"{name}.v_proj", _width, _inner);
        return _graph.Transpose(_graph.Reshape(values, _tokens, _heads, HeadWidth), 1, 0, 2);
    }

    /// <summary>Queries of an attention of image tokens.</summary>
    /// <param name="rows">[N, d]: image tokens and their positions, or the positions alone.</param>
    /// <param name="name">The attention.</param>
    /// <returns>[N, D].</returns>
    public GraphValue Queries(GraphValue rows, string name) =>
        DecoderLayers.Project(_graph, rows, $"{name}.q_proj", _width, _inner);

    /// <summary>Prompt tokens read image tokens that all prompts share.</summary>
    /// <param name="tokens">[B, T, d], with their positions.</param>
    /// <param name="keys">What <see cref="Keys"/> gives of image tokens and positions.</param>
    /// <param name="values">What <see cref="Values"/> gives of image tokens.</param>
    /// <param name="name">The attention.</param>
    /// <returns>[B, T, d].</returns>
    public GraphValue ReadShared(GraphValue tokens, GraphValue keys, GraphValue values, string name)
    {
        var weights = _graph.Softmax(_graph.MatMul(Scaled(Heads(tokens, $"{name}.q_proj")), keys), -1);
        return Join(_graph.MatMul(weights, values), name);
    }

    /// <summary>Prompt tokens read the image tokens of their prompt.</summary>
    /// <param name="tokens">[B, T, d], with their positions.</param>
    /// <param name="image">[B, N, d], without their positions.</param>
    /// <param name="positionKeys">What <see cref="Keys"/> gives of the positions.</param>
    /// <param name="name">The attention.</param>
    /// <returns>[B, T, d].</returns>
    public GraphValue ReadOwn(GraphValue tokens, GraphValue image, GraphValue positionKeys, string name)
    {
        var query = Scaled(Heads(tokens, $"{name}.q_proj"));

        // [B, H T, d] x [B, d, N]
        var ofContent = _graph.MatMul(Stacked(query, HeadWeight($"{name}.k_proj")), _graph.Transpose(image, 0, 2, 1));
        var scores = _graph.Add(_graph.MatMul(query, positionKeys), _graph.Reshape(ofContent, 0, _heads, -1, _tokens));
        var weights = _graph.Reshape(_graph.Softmax(scores, -1), 0, -1, _tokens);

        // Mixed first, [B, H T, d], and projected then. Weights add up to one, so the bias stays as it is.
        var mixed = _graph.Reshape(_graph.MatMul(weights, image), 0, _heads, -1, _width);
        var values = _graph.MatMul(mixed, _graph.Transpose(HeadWeight($"{name}.v_proj"), 0, 2, 1));
        var bias = _graph.Reshape(_graph.Parameter($"{name}.v_proj.bias", _inner), _heads, 1, HeadWidth);
        return Join(_graph.Add(values, bias), name);
    }

    /// <summary>Image tokens read prompt tokens.</summary>
    /// <param name="queries">[N, D]: of image tokens and positions where all prompts share them, otherwise of the positions alone.</param>
    /// <param name="image">[B, N, d]: the image tokens of each prompt, without positions; null where all prompts share them.</param>
    /// <param name="tokens">[B, T, d].</param>
    /// <param name="tokenPosition">[B, T, d].</param>
    /// <param name="name">The attention.</param>
    /// <returns>[B, N, d].</returns>
    public GraphValue ReadPrompt(GraphValue queries, GraphValue? image, GraphValue tokens, GraphValue tokenPosition, string name)
    {
        var keys = Scaled(Heads(_graph.Add(tokens, tokenPosition), $"{name}.k_proj"));
        var scores = _graph.MatMul(queries, KeysByHead(keys));
        if (image is { } own)
        {
            var content = Stacked(keys, HeadWeight($"{name}.q_proj"));
            scores = _graph.Add(scores, _graph.MatMul(own, _graph.Transpose(content, 0, 2, 1)));
        }

        var weights = _graph.Softmax(_graph.Reshape(scores, 0, 0, _heads, -1), -1);

        // What each prompt token has to say, projected already: [B, H T, d]. The weights of each head add up to one, so each brings its
        // share of the bias, which saves a walk over [B, N, d].
        var output = _graph.Transpose(_graph.Parameter($"{name}.o_proj.weight", _width, _inner), 1, 0);
        var said = Stacked(Heads(tokens, $"{name}.v_proj"), _graph.Reshape(output, _heads, HeadWidth, _width));
        said = _graph.Add(said, _graph.Multiply(_graph.Parameter($"{name}.o_proj.bias", _width), _graph.Scalar(1f / _heads)));
        return _graph.MatMul(_graph.Reshape(weights, 0, 0, -1), said);
    }

    // [B, H, T, h] -> [B, D, H T]: the keys of a head in its rows and its columns, zero elsewhere. So one product with [N, D] gives
    // [B, N, H T], without transposing what has N rows.
    private GraphValue KeysByHead(GraphValue keys)
    {
        var columns = _graph.Reshape(_graph.Transpose(keys, 0, 1, 3, 2), 0, _inner, 1, -1);
        var isOfHead = new float[_inner * _heads];
        for (var channel = 0; channel < _inner; channel++)
        {
            isOfHead[(channel * _heads) + (channel / HeadWidth)] = 1;
        }

        return _graph.Reshape(_graph.Multiply(columns, _graph.Constant(isOfHead, _inner, _heads, 1)), 0, _inner, -1);
    }

    // [B, H, T, h] x [H, h, d] -> [B, H T, d].
    private GraphValue Stacked(GraphValue heads, GraphValue weight) => _graph.Reshape(_graph.MatMul(heads, weight), 0, -1, _width);

    // [D, d] as it is stored, seen as [H, h, d].
    private GraphValue HeadWeight(string name) =>
        _graph.Reshape(_graph.Parameter($"{name}.weight", _inner, _width), _heads, HeadWidth, _width);

    // [B, T, d] -> [B, H, T, h].
    private GraphValue Heads(GraphValue tokens, string name)
    {
        var projected = DecoderLayers.ProjectLastAxis(_graph, tokens, name, _width, _inner);
        return _graph.Transpose(_graph.Reshape(projected, 0, 0, _heads, HeadWidth), 0, 2, 1, 3);
    }

    // [B, H, T, h] -> [B, T, d].
    private GraphValue Join(GraphValue heads, string name)
    {
        var joined = _graph.Reshape(_graph.Transpose(heads, 0, 2, 1, 3), 0, 0, _inner);
        return DecoderLayers.ProjectLastAxis(_graph, joined, $"{name}.o_proj", _inner, _width);
    }

    private GraphValue Scaled(GraphValue x) => _graph.Multiply(x, _graph.Scalar(1 / MathF.Sqrt(HeadWidth)));
}
