using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>The two-way transformer as graph nodes: prompt tokens and image tokens attend to each other.</summary>
/// <remarks>Source: SAM 2 2b90b9f, sam2/modeling/sam/transformer.py.</remarks>
internal sealed class TwoWayTransformerGraph
{
    private const string Prefix = "mask_decoder.transformer";
    private readonly GraphBuilder _graph;
    private readonly int _width;
    private readonly MaskDecoderConfig _config;
    private readonly GraphValue _tokenPosition;
    private readonly GraphValue _imagePosition;

    /// <param name="graph">Receives the nodes.</param>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="tokenPosition">[B, T, d]: the tokens themselves.</param>
    /// <param name="imagePosition">[N, d].</param>
    public TwoWayTransformerGraph(GraphBuilder graph, Sam2ModelConfig config, GraphValue tokenPosition, GraphValue imagePosition)
    {
        _graph = graph;
        _width = config.HiddenSize;
        _config = config.MaskDecoder;
        _tokenPosition = tokenPosition;
        _imagePosition = imagePosition;
    }

    /// <summary>Adds all layers and the final attention.</summary>
    /// <param name="tokens">[B, T, d].</param>
    /// <param name="image">[B, N, d], dense prompt embedding included.</param>
    /// <returns>Both, updated.</returns>
    public (GraphValue Tokens, GraphValue Image) Build(GraphValue tokens, GraphValue image)
    {
        for (var layer = 0; layer < _config.LayerCount; layer++)
        {
            (tokens, image) = AddLayer(tokens, image, layer);
        }

        var attended = Attend(
            _graph.Add(tokens, _tokenPosition),
            _graph.Add(image, _imagePosition),
            image,
            $"{Prefix}.final_attn_token_to_image",
            _config.AttentionDownsampleRate);
        tokens = DecoderLayers.Normalize(_graph, _graph.Add(tokens, attended), $"{Prefix}.layer_norm_final_attn", _width);
        return (tokens, image);
    }

    private (GraphValue Tokens, GraphValue Image) AddLayer(GraphValue tokens, GraphValue image, int layer)
    {
        var name = $"{Prefix}.layers.{layer}";

        // The first layer's self attention has no position encoding and no residual.
        if (layer == 0)
        {
            tokens = Attend(tokens, tokens, tokens, $"{name}.self_attn", 1);
        }
        else
        {
            var positioned = _graph.Add(tokens, _tokenPosition);
            tokens = _graph.Add(tokens, Attend(positioned, positioned, tokens, $"{name}.self_attn", 1));
        }

        tokens = DecoderLayers.Normalize(_graph, tokens, $"{name}.layer_norm1", _width);
        var imageWithPosition = _graph.Add(image, _imagePosition);
        var tokenToImage = Attend(
            _graph.Add(tokens, _tokenPosition),
            imageWithPosition,
            image,
            $"{name}.cross_attn_token_to_image",
            _config.AttentionDownsampleRate);
        tokens = DecoderLayers.Normalize(_graph, _graph.Add(tokens, tokenToImage), $"{name}.layer_norm2", _width);

        var hidden = _graph.Relu(
            DecoderLayers.Project(_graph, _graph.Reshape(tokens, -1, _width), $"{name}.mlp.proj_in", _width, _config.MlpSize));
        var mlp = DecoderLayers.Project(_graph, hidden, $"{name}.mlp.proj_out", _config.MlpSize, _width);
        tokens = DecoderLayers.Normalize(_graph, _graph.Add(tokens, ReshapeLike(mlp, tokens)), $"{name}.layer_norm3", _width);

        var imageToToken = Attend(
            imageWithPosition,
            _graph.Add(tokens, _tokenPosition),
            tokens,
            $"{name}.cross_attn_image_to_token",
            _config.AttentionDownsampleRate);
        image = DecoderLayers.Normalize(_graph, _graph.Add(image, imageToToken), $"{name}.layer_norm4", _width);
        return (tokens, image);
    }

    // Multi-head attention on [B, L, d] tensors; the inner width is d / downsample rate.
    private GraphValue Attend(GraphValue query, GraphValue key, GraphValue value, string name, int downsampleRate)
    {
        var inner = _width / downsampleRate;
        var attended = _graph.MultiHeadAttention(
            ProjectLike(query, $"{name}.q_proj", _width, inner),
            ProjectLike(key, $"{name}.k_proj", _width, inner),
            ProjectLike(value, $"{name}.v_proj", _width, inner),
            _config.HeadCount);
        return ProjectLike(attended, $"{name}.o_proj", inner, _width);
    }

    private GraphValue ProjectLike(GraphValue x, string name, int inputWidth, int outputWidth) =>
        ReshapeLike(DecoderLayers.Project(_graph, _graph.Reshape(x, -1, inputWidth), name, inputWidth, outputWidth), x, outputWidth);

    private GraphValue ReshapeLike(GraphValue rows, GraphValue like) => ReshapeLike(rows, like, _width);

    // [B * L, C] -> [B, L, C] with B and L of another value, both known only at run time.
    private GraphValue ReshapeLike(GraphValue rows, GraphValue like, int width) =>
        _graph.Reshape(rows, _graph.Concat(0, _graph.Dimension(like, 0), _graph.Dimension(like, 1), _graph.Int64Constant(width)));
}
