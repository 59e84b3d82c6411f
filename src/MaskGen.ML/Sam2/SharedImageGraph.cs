using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>What all prompts of an image share, computed once: an encoded image to what <see cref="SharedPromptGraph"/> and
/// <see cref="SharedUpscalingGraph"/> take of it.</summary>
internal static class SharedImageGraph
{
    /// <summary>Builds the graph; inputs and outputs are named in <see cref="Sam2TensorNames"/>.</summary>
    public static GraphModel Build(Sam2ModelConfig config)
    {
        var graph = new GraphBuilder("sam2_shared_image");
        var (d, side, mask) = (config.HiddenSize, config.EmbeddingSize, config.MaskSize);
        var tokens = side * side;
        var embedding = graph.Input(Sam2TensorNames.ImageEmbedding, 1, d, side, side);
        var features0 = graph.Input(Sam2TensorNames.HighResolutionFeatures0, 1, d / 8, mask, mask);
        var features1 = graph.Input(Sam2TensorNames.HighResolutionFeatures1, 1, d / 4, mask / 2, mask / 2);

        var image = graph.Transpose(graph.Reshape(embedding, 1, d, -1), 0, 2, 1);
        graph.Output(image, Sam2TensorNames.ImageTokens, 1, tokens, d);
        AddFirstProjections(graph, config, image);

        var first = graph.Add(features1, UpscalingBias(graph, "upscale_conv1", d / 4));
        first = graph.Transpose(graph.Reshape(first, d / 4, side, 2, side, 2), 1, 3, 2, 4, 0);
        graph.Output(graph.Reshape(first, tokens, d), Sam2TensorNames.OrderedFeatures1, tokens, d);

        var second = graph.Add(features0, UpscalingBias(graph, "upscale_conv2", d / 8));
        second = graph.Transpose(graph.Reshape(second, d / 8, side, 2, 2, side, 2, 2), 1, 4, 2, 5, 3, 6, 0);
        graph.Output(graph.Reshape(second, 4 * tokens, d / 2), Sam2TensorNames.OrderedFeatures0, 4 * tokens, d / 2);
        return graph.Build();
    }

    // Prompts without a mask add the same to every image token, so they agree until the first layer has changed them.
    private static void AddFirstProjections(GraphBuilder graph, Sam2ModelConfig config, GraphValue image)
    {
        var prompts = new PromptEncoderGraph(graph, config);
        var attention = new ImageAttention(graph, config);
        var (tokens, d) = (config.EmbeddingSize * config.EmbeddingSize, config.HiddenSize);
        var (heads, inner) = (config.MaskDecoder.HeadCount, d / config.MaskDecoder.AttentionDownsampleRate);
        var rows = graph.Reshape(graph.Add(image, prompts.NoMask()), tokens, d);
        var positioned = graph.Add(rows, prompts.ImagePosition());
        var (read, answer) = (SharedTransformerGraph.TokenToImage(0), SharedTransformerGraph.ImageToToken(0));
        graph.Output(attention.Keys(positioned, read), Sam2TensorNames.FirstKeys, heads, inner / heads, tokens);
        graph.Output(attention.Values(rows, read), Sam2TensorNames.FirstValues, heads, tokens, inner / heads);
        graph.Output(attention.Queries(positioned, answer), Sam2TensorNames.FirstQueries, tokens, inner);
    }

    // [C, 1, 1]
    private static GraphValue UpscalingBias(GraphBuilder graph, string name, int channels) =>
        graph.ParameterAs($"mask_decoder.{name}.bias", [channels], [channels, 1, 1]);
}
