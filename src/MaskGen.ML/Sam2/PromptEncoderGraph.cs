using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>The prompt encoder as graph nodes: points, box corners and masks to embeddings.</summary>
/// <remarks>Source: SAM 2 2b90b9f, sam2/modeling/sam/prompt_encoder.py and position_encoding.py.</remarks>
internal sealed class PromptEncoderGraph(GraphBuilder graph, Sam2ModelConfig config)
{
    private const string Prefix = "prompt_encoder";

    /// <summary>Sparse prompt embeddings.</summary>
    /// <param name="coordinates">float32 [B, n, 2], pixels of the model input, before the half-pixel shift.</param>
    /// <param name="labels">float32 [B, n].</param>
    /// <returns>[B, n, d].</returns>
    public GraphValue EmbedPoints(GraphValue coordinates, GraphValue labels)
    {
        var d = config.HiddenSize;

        // ((p + 0.5) / S) * 2 - 1, then times the Gaussian matrix and 2 pi.
        var unit = graph.Multiply(graph.Add(coordinates, graph.Scalar(0.5f)), graph.Scalar(2f / config.ImageSize));
        unit = graph.Subtract(unit, graph.Scalar(1));
        var gaussian = graph.Parameter($"{Prefix}.shared_embedding.positional_embedding", 2, d / 2);
        var phase = graph.Multiply(graph.MatMul(unit, gaussian), graph.Scalar(2 * MathF.PI));
        var position = graph.Concat(2, graph.Sine(phase), graph.Cosine(phase));

        // A padding point (label -1, row 0) has no position: its embedding stands alone.
        var row = graph.Add(graph.CastToInt64(labels), graph.Int64Scalar(1));
        var table = graph.Concat(
            0,
            graph.Parameter($"{Prefix}.not_a_point_embed.weight", 1, d),
            graph.Parameter($"{Prefix}.point_embed.weight", 4, d));
        var isPoint = graph.Reshape(graph.DiffersAsFloat(row, graph.Int64Scalar(0)), 0, -1, 1);
        return graph.Add(graph.Multiply(position, isPoint), graph.Gather(table, row));
    }

    /// <summary>Dense prompt embedding without a mask prompt.</summary>
    /// <returns>[d].</returns>
    public GraphValue NoMask() => graph.ParameterAs($"{Prefix}.no_mask_embed.weight", [1, config.HiddenSize], [config.HiddenSize]);

    /// <summary>Dense prompt embedding of mask prompts.</summary>
    /// <param name="masks">float32 [B, 1, S/4, S/4] logits.</param>
    /// <returns>[B, N, d] in token order, N = (S/16)^2.</returns>
    public GraphValue EmbedMasks(GraphValue masks)
    {
        var channels = config.PromptEncoder.MaskInputChannels;
        var x = Downscale(masks, "conv1", "layer_norm1", 1, channels / 4);
        x = Downscale(x, "conv2", "layer_norm2", channels / 4, channels);
        x = Convolve(x, "conv3", channels, config.HiddenSize, 1);
        return graph.Transpose(graph.Reshape(x, 0, config.HiddenSize, -1), 0, 2, 1);
    }

    /// <summary>Position encoding of the image tokens, a constant.</summary>
    /// <returns>[N, d].</returns>
    public GraphValue ImagePosition()
    {
        var (side, d) = (config.EmbeddingSize, config.HiddenSize);
        return graph.Derived(
            "image_position",
            [side * side, d],
            [new GraphParameter("shared_image_embedding.positional_embedding", [2, d / 2])],
            gaussian => ImagePositionEncoding.Compute(gaussian[0].Span, side));
    }

    private GraphValue Downscale(GraphValue x, string convolution, string normalization, int inputChannels, int outputChannels)
    {
        x = Convolve(x, convolution, inputChannels, outputChannels, 2);
        x = DecoderLayers.NormalizeChannels(
            graph, x, $"{Prefix}.mask_embed.{normalization}", outputChannels, config.PromptEncoder.LayerNormEpsilon);
        return graph.Gelu(x);
    }

    private GraphValue Convolve(GraphValue x, string name, int inputChannels, int outputChannels, int kernel) =>
        graph.Convolution(
            x,
            graph.Parameter($"{Prefix}.mask_embed.{name}.weight", outputChannels, inputChannels, kernel, kernel),
            graph.Parameter($"{Prefix}.mask_embed.{name}.bias", outputChannels),
            kernel,
            kernel,
            0);
}
