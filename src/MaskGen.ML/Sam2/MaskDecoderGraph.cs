using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>The mask decoder's heads as graph nodes: upscaling, hypernetworks, predicted IoU and object score.</summary>
/// <remarks>Source: SAM 2 2b90b9f, sam2/modeling/sam/mask_decoder.py.</remarks>
internal sealed class MaskDecoderGraph(GraphBuilder graph, Sam2ModelConfig config)
{
    private const string Prefix = "mask_decoder";

    /// <summary>Of the normalization in the upscaling.</summary>
    public const float UpscaleEpsilon = 1e-6f;

    // Hypernetworks and object score head are three layers deep in every SAM 2.
    private const int HeadDepth = 3;

    /// <summary>The learned output tokens in their order: object score, IoU, masks.</summary>
    /// <returns>[2 + mask tokens, d].</returns>
    public GraphValue OutputTokens()
    {
        var d = config.HiddenSize;
        return graph.Concat(
            0,
            graph.Parameter($"{Prefix}.obj_score_token.weight", 1, d),
            graph.Parameter($"{Prefix}.iou_token.weight", 1, d),
            graph.Parameter($"{Prefix}.mask_tokens.weight", config.MaskDecoder.MaskTokens, d));
    }

    /// <summary>Predicted IoU of every mask.</summary>
    /// <param name="tokens">[B, T, d], after the transformer.</param>
    /// <returns>[B, mask tokens].</returns>
    public GraphValue PredictIou(GraphValue tokens)
    {
        var decoder = config.MaskDecoder;
        var iou = DecoderLayers.Mlp(
            graph,
            Token(tokens, 1),
            $"{Prefix}.iou_prediction_head",
            config.HiddenSize,
            decoder.IouHeadHiddenSize,
            decoder.MaskTokens,
            decoder.IouHeadDepth);
        return graph.Sigmoid(iou);
    }

    /// <summary>Object score logits.</summary>
    /// <returns>[B, 1].</returns>
    public GraphValue ScoreObject(GraphValue tokens)
    {
        var d = config.HiddenSize;
        return DecoderLayers.Mlp(graph, Token(tokens, 0), $"{Prefix}.pred_obj_score_head", d, d, 1, HeadDepth);
    }

    /// <summary>Low-resolution mask logits.</summary>
    /// <param name="tokens">[B, T, d], after the transformer.</param>
    /// <param name="image">[B, N, d], after the transformer.</param>
    /// <param name="features0">[1, d/8, S/4, S/4].</param>
    /// <param name="features1">[1, d/4, S/8, S/8].</param>
    /// <returns>[B, mask tokens, S/4, S/4].</returns>
    public GraphValue PredictMasks(GraphValue tokens, GraphValue image, GraphValue features0, GraphValue features1)
    {
        var (d, side) = (config.HiddenSize, config.EmbeddingSize);
        var x = graph.Reshape(graph.Transpose(image, 0, 2, 1), -1, d, side, side);
        x = graph.Add(Upscale(x, "upscale_conv1", d, d / 4), features1);
        x = graph.Gelu(DecoderLayers.NormalizeChannels(graph, x, $"{Prefix}.upscale_layer_norm", d / 4, UpscaleEpsilon));
        x = graph.Gelu(graph.Add(Upscale(x, "upscale_conv2", d / 4, d / 8), features0));

        var mask = config.MaskSize;
        var masks = graph.MatMul(MaskWeights(tokens), graph.Reshape(x, -1, d / 8, (long)mask * mask));
        return graph.Reshape(masks, 0, 0, mask, mask);
    }

    /// <summary>The weights with which each mask mixes the upscaled channels, by the hypernetworks.</summary>
    /// <param name="tokens">[B, T, d], after the transformer.</param>
    /// <returns>[B, mask tokens, d/8].</returns>
    public GraphValue MaskWeights(GraphValue tokens)
    {
        var d = config.HiddenSize;
        var weights = new GraphValue[config.MaskDecoder.MaskTokens];
        for (var i = 0; i < weights.Length; i++)
        {
            var mixed = DecoderLayers.Mlp(graph, Token(tokens, 2 + i), $"{Prefix}.output_hypernetworks_mlps.{i}", d, d, d / 8, HeadDepth);
            weights[i] = graph.Reshape(mixed, -1, 1, d / 8);
        }

        return graph.Concat(1, weights);
    }

    private GraphValue Upscale(GraphValue x, string name, int inputChannels, int outputChannels) =>
        graph.TransposedConvolution(
            x,
            graph.Parameter($"{Prefix}.{name}.weight", inputChannels, outputChannels, 2, 2),
            graph.Parameter($"{Prefix}.{name}.bias", outputChannels),
            2);

    // [B, T, d] -> [B, d].
    private GraphValue Token(GraphValue tokens, int index) =>
        graph.Reshape(graph.Slice(tokens, 1, index, index + 1), -1, config.HiddenSize);
}
