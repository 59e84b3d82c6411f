using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>The two-way transformer as graph nodes, in the order of sums that <see cref="ImageAttention"/> describes. Equal to
/// <see cref="TwoWayTransformerGraph"/> but for rounding.</summary>
internal sealed class SharedTransformerGraph
{
    private const string Prefix = "mask_decoder.transformer";
    private const string FinalAttention = $"{Prefix}.final_attn_token_to_image";

    private readonly GraphBuilder _graph;
    private readonly int _width;
    private readonly MaskDecoderConfig _config;
    private readonly ImageAttention _attention;
    private readonly GraphValue _tokenPosition;
    private readonly GraphValue _imagePosition;

    /// <param name="graph">Receives the nodes.</param>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="tokenPosition">[B, T, d]: the tokens themselves.</param>
    /// <param name="imagePosition">[N, d].</param>
    public SharedTransformerGraph(GraphBuilder graph, Sam2ModelConfig config, GraphValue tokenPosition, GraphValue imagePosition)
    {
        _graph = graph;
        _width = config.HiddenSize;
        _config = config.MaskDecoder;
        _attention = new ImageAttention(graph, config);
        _tokenPosition = tokenPosition;
        _imagePosition = imagePosition;
    }

    /// <summary>Name of the attention of prompt tokens to image tokens in a layer.</summary>
    public static string TokenToImage(int layer) => $"{Prefix}.layers.{layer}.cross_attn_token_to_image";

    /// <summary>Name of the attention of image tokens to prompt tokens in a layer.</summary>
    public static string ImageToToken(int layer) => $"{Prefix}.layers.{layer}.cross_attn_image_to_token";

    /// <summary>Adds all layers and the final attention.</summary>
    /// <param name="tokens">[B, T, d].</param>
    /// <param name="input">The image tokens.</param>
    /// <returns>The output tokens [B, 2 + mask tokens, d] alone, which is all that the heads look at; and the image tokens of each
    /// prompt [B, N, d].</returns>
    public (GraphValue OutputTokens, GraphValue Image) Build(GraphValue tokens, SharedTransformerInput input)
    {
        var image = input.Image;
        for (var layer = 0; layer < _config.LayerCount; layer++)
        {
            (tokens, image) = AddLayer(tokens, image, layer == 0 ? input.First : null, layer);
        }

        var outputs = FirstTokens(tokens);
        var positioned = _graph.Add(outputs, FirstTokens(_tokenPosition));
        var read = _attention.ReadOwn(positioned, image, _attention.Keys(_imagePosition, FinalAttention), FinalAttention);
        return (Normalize(_graph.Add(outputs, read), $"{Prefix}.layer_norm_final_attn"), image);
    }

    private (GraphValue Tokens, GraphValue Image) AddLayer(GraphValue tokens, GraphValue image, FirstImageProjections? shared, int layer)
    {
        var name = $"{Prefix}.layers.{layer}";
        tokens = Normalize(AttendToThemselves(tokens, layer == 0, $"{name}.self_attn"), $"{name}.layer_norm1");

        var positioned = _graph.Add(tokens, _tokenPosition);
        var read = shared is not null
            ? _attention.ReadShared(positioned, shared.Keys, shared.Values, TokenToImage(layer))
            : _attention.ReadOwn(positioned, image, _attention.Keys(_imagePosition, TokenToImage(layer)), TokenToImage(layer));
        tokens = Normalize(_graph.Add(tokens, read), $"{name}.layer_norm2");

        var hidden = _graph.Relu(DecoderLayers.ProjectLastAxis(_graph, tokens, $"{name}.mlp.proj_in", _width, _config.MlpSize));
        var mlp = DecoderLayers.ProjectLastAxis(_graph, hidden, $"{name}.mlp.proj_out", _config.MlpSize, _width);
        tokens = Normalize(_graph.Add(tokens, mlp), $"{name}.layer_norm3");

        var answer = shared is not null
            ? _attention.ReadPrompt(shared.Queries, null, tokens, _tokenPosition, ImageToToken(layer))
            : _attention.ReadPrompt(
                _attention.Queries(_imagePosition, ImageToToken(layer)), image, tokens, _tokenPosition, ImageToToken(layer));
        return (tokens, Normalize(_graph.Add(image, answer), $"{name}.layer_norm4"));
    }

    // With the residual; the first layer's has none, and no position encoding.
    private GraphValue AttendToThemselves(GraphValue tokens, bool isFirst, string name)
    {
        var positioned = isFirst ? tokens : _graph.Add(tokens, _tokenPosition);
        var headWidth = _width / _config.HeadCount;
        var query = _graph.Multiply(Heads(positioned, $"{name}.q_proj"), _graph.Scalar(1 / MathF.Sqrt(headWidth)));
        var scores = _graph.MatMul(query, _graph.Transpose(Heads(positioned, $"{name}.k_proj"), 0, 1, 3, 2));
        var mixed = _graph.MatMul(_graph.Softmax(scores, -1), Heads(tokens, $"{name}.v_proj"));
        var joined = _graph.Reshape(_graph.Transpose(mixed, 0, 2, 1, 3), 0, 0, _width);
        var attended = DecoderLayers.ProjectLastAxis(_graph, joined, $"{name}.o_proj", _width, _width);
        return isFirst ? attended : _graph.Add(tokens, attended);

        // [B, T, d] -> [B, H, T, d/H]
        GraphValue Heads(GraphValue x, string projection) => _graph.Transpose(
            _graph.Reshape(DecoderLayers.ProjectLastAxis(_graph, x, projection, _width, _width), 0, 0, _config.HeadCount, headWidth),
            0, 2, 1, 3);
    }

    private GraphValue FirstTokens(GraphValue tokens) => _graph.Slice(tokens, 1, 0, 2 + _config.MaskTokens);

    private GraphValue Normalize(GraphValue x, string name) => DecoderLayers.Normalize(_graph, x, name, _width);
}
