using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>Masks of chosen prompts of a batch: upscaling, in an order of values that needs no map transposed but the masks.</summary>
/// <remarks>A transposed convolution whose kernel is its stride is a matrix product: every token gives its sub-pixels, which stay beside
/// each other. The features are in that order already (<see cref="SharedImageGraph"/>), with the biases of the convolutions.</remarks>
internal static class SharedUpscalingGraph
{
    private const string Prefix = "mask_decoder";
    private const string Batch = "prompts";
    private const string WantedPrompts = "wanted prompts";
    private const string WantedMasks = "wanted masks";

    /// <summary>Builds the graph; inputs and outputs are named in <see cref="Sam2TensorNames"/>.</summary>
    public static GraphModel Build(Sam2ModelConfig config)
    {
        var graph = new GraphBuilder("sam2_shared_upscaling");
        var (d, side, maskTokens) = (config.HiddenSize, config.EmbeddingSize, config.MaskDecoder.MaskTokens);
        var tokens = side * side;
        var image = graph.Input(Sam2TensorNames.PromptImageTokens, Batch, tokens, d);
        var weights = graph.Input(Sam2TensorNames.MaskWeights, Batch, maskTokens, d / 8);
        var features1 = graph.Input(Sam2TensorNames.OrderedFeatures1, tokens, d);
        var features0 = graph.Input(Sam2TensorNames.OrderedFeatures0, 4 * tokens, d / 2);
        var prompts = graph.CastToInt64(graph.Input(Sam2TensorNames.WantedPrompts, WantedPrompts));
        var masks = graph.CastToInt64(graph.Input(Sam2TensorNames.WantedMasks, WantedMasks));

        // [P, N, d] -> [P, N, 4 d/4], sub-pixels beside each other -> [P, 4 N, d/4]
        var x = graph.Add(graph.MatMul(graph.Gather(image, prompts), Kernel(graph, "upscale_conv1", d, d / 4)), features1);
        x = graph.Reshape(x, 0, -1, d / 4);
        x = graph.Gelu(graph.LayerNormalization(
            x,
            graph.Parameter($"{Prefix}.upscale_layer_norm.weight", d / 4),
            graph.Parameter($"{Prefix}.upscale_layer_norm.bias", d / 4),
            MaskDecoderGraph.UpscaleEpsilon));

        // -> [P, 4 N, 4 d/8] -> [P, 16 N, d/8]
        x = graph.Gelu(graph.Add(graph.MatMul(x, Kernel(graph, "upscale_conv2", d / 4, d / 8)), features0));
        x = graph.Reshape(x, 0, -1, d / 8);

        // -> [P, 16 N, masks], and to raster order.
        x = graph.MatMul(x, graph.Transpose(graph.Gather(weights, prompts), 0, 2, 1));
        x = graph.Transpose(graph.Reshape(x, -1, side, side, 2, 2, 2, 2, maskTokens), 0, 7, 1, 3, 5, 2, 4, 6);
        x = graph.Gather(graph.Reshape(x, -1, config.MaskSize, config.MaskSize), masks);
        graph.Output(x, Sam2TensorNames.Masks, WantedMasks, config.MaskSize, config.MaskSize);
        return graph.Build();
    }

    // [in, out, 2, 2] as it is stored -> [in, 4 out], the sub-pixel first.
    private static GraphValue Kernel(GraphBuilder graph, string name, int inputChannels, int outputChannels)
    {
        var weight = graph.Parameter($"{Prefix}.{name}.weight", inputChannels, outputChannels, 2, 2);
        return graph.Reshape(graph.Transpose(weight, 0, 2, 3, 1), inputChannels, 4L * outputChannels);
    }
}
