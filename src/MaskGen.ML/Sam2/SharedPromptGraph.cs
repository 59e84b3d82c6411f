using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>What a batch of prompts adds to their image: transformer and heads, without the masks themselves
/// (<see cref="SharedUpscalingGraph"/>).</summary>
internal static class SharedPromptGraph
{
    private const string Batch = "prompts";
    private const string Points = "points";

    /// <summary>Builds the graph; inputs and outputs are named in <see cref="Sam2TensorNames"/>.</summary>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="withMaskInput">Whether all prompts have a mask: each then has image tokens of its own from the start, and only what
    /// depends on positions is shared.</param>
    public static GraphModel Build(Sam2ModelConfig config, bool withMaskInput)
    {
        var graph = new GraphBuilder("sam2_shared_prompts");
        var prompts = new PromptEncoderGraph(graph, config);
        var decoder = new MaskDecoderGraph(graph, config);
        var tokensOfImage = config.EmbeddingSize * config.EmbeddingSize;
        var (d, maskTokens) = (config.HiddenSize, config.MaskDecoder.MaskTokens);

        var image = graph.Input(Sam2TensorNames.ImageTokens, 1, tokensOfImage, d);
        var start = withMaskInput
            ? new SharedTransformerInput(graph.Add(image, prompts.EmbedMasks(MaskInput(graph, config))), null)
            : new SharedTransformerInput(graph.Add(image, prompts.NoMask()), FirstProjections(graph, config));
        var coordinates = graph.Input(Sam2TensorNames.PointCoordinates, Batch, Points, 2);
        var labels = graph.Input(Sam2TensorNames.PointLabels, Batch, Points);

        var shape = graph.Concat(0, graph.Dimension(coordinates, 0), graph.Int64Constant(1, 1));
        var outputTokens = graph.Expand(graph.Reshape(decoder.OutputTokens(), 1, -1, d), shape);
        var tokens = graph.Concat(1, outputTokens, prompts.EmbedPoints(coordinates, labels));

        var transformer = new SharedTransformerGraph(graph, config, tokens, prompts.ImagePosition());
        var (read, ownImage) = transformer.Build(tokens, start);

        graph.Output(ownImage, Sam2TensorNames.PromptImageTokens, Batch, tokensOfImage, d);
        graph.Output(decoder.MaskWeights(read), Sam2TensorNames.MaskWeights, Batch, maskTokens, d / 8);
        graph.Output(decoder.PredictIou(read), Sam2TensorNames.PredictedIou, Batch, maskTokens);
        graph.Output(decoder.ScoreObject(read), Sam2TensorNames.ObjectScoreLogits, Batch, 1);
        return graph.Build();
    }

    private static GraphValue MaskInput(GraphBuilder graph, Sam2ModelConfig config) =>
        graph.Input(Sam2TensorNames.MaskInput, Batch, 1, config.MaskSize, config.MaskSize);

    private static FirstImageProjections FirstProjections(GraphBuilder graph, Sam2ModelConfig config)
    {
        var (tokens, heads) = (config.EmbeddingSize * config.EmbeddingSize, config.MaskDecoder.HeadCount);
        var inner = config.HiddenSize / config.MaskDecoder.AttentionDownsampleRate;
        return new FirstImageProjections(
            graph.Input(Sam2TensorNames.FirstKeys, heads, inner / heads, tokens),
            graph.Input(Sam2TensorNames.FirstValues, heads, tokens, inner / heads),
            graph.Input(Sam2TensorNames.FirstQueries, tokens, inner));
    }
}
