using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>Prompt encoder and mask decoder in one graph, operator by operator as the model is defined: the form that is exported,
/// and the plain twin of the fast decoder.</summary>
internal static class PromptDecoderGraph
{
    private const string Batch = "prompts";
    private const string Points = "points";

    /// <summary>Builds the graph; inputs and outputs are named in <see cref="Sam2TensorNames"/>.</summary>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="withMaskInput">Whether the graph has the inputs for mask prompts.</param>
    /// <param name="multimaskOnly">Whether to give out the multimask outputs alone, as common exports do, instead of all mask
    /// tokens.</param>
    public static GraphModel Build(Sam2ModelConfig config, bool withMaskInput, bool multimaskOnly = false)
    {
        var graph = new GraphBuilder("sam2_prompt_decoder");
        var prompts = new PromptEncoderGraph(graph, config);
        var decoder = new MaskDecoderGraph(graph, config);
        var (d, side, mask) = (config.HiddenSize, config.EmbeddingSize, config.MaskSize);

        var embedding = graph.Input(Sam2TensorNames.ImageEmbedding, 1, d, side, side);
        var features0 = graph.Input(Sam2TensorNames.HighResolutionFeatures0, 1, d / 8, mask, mask);
        var features1 = graph.Input(Sam2TensorNames.HighResolutionFeatures1, 1, d / 4, side * 2, side * 2);
        var coordinates = graph.Input(Sam2TensorNames.PointCoordinates, Batch, Points, 2);
        var labels = graph.Input(Sam2TensorNames.PointLabels, Batch, Points);

        var batchSize = graph.Dimension(coordinates, 0);
        var outputTokens = Repeat(graph, graph.Reshape(decoder.OutputTokens(), 1, -1, d), batchSize);
        var tokens = graph.Concat(1, outputTokens, prompts.EmbedPoints(coordinates, labels));

        var image = graph.Transpose(graph.Reshape(embedding, 1, d, -1), 0, 2, 1);
        image = withMaskInput
            ? graph.Add(image, DenseEmbedding(graph, prompts, mask))
            : Repeat(graph, graph.Add(image, prompts.NoMask()), batchSize);

        var transformer = new TwoWayTransformerGraph(graph, config, tokens, prompts.ImagePosition());
        (tokens, image) = transformer.Build(tokens, image);

        var maskTokens = config.MaskDecoder.MaskTokens;
        var masks = decoder.PredictMasks(tokens, image, features0, features1);
        var iou = decoder.PredictIou(tokens);
        var first = multimaskOnly ? 1 : 0;
        if (multimaskOnly)
        {
            (masks, iou) = (graph.Slice(masks, 1, first, maskTokens), graph.Slice(iou, 1, first, maskTokens));
        }

        graph.Output(masks, Sam2TensorNames.Masks, Batch, maskTokens - first, mask, mask);
        graph.Output(iou, Sam2TensorNames.PredictedIou, Batch, maskTokens - first);
        graph.Output(decoder.ScoreObject(tokens), Sam2TensorNames.ObjectScoreLogits, Batch, 1);
        return graph.Build();
    }

    // Mask embedding where has_mask_input is 1, the learned "no mask" where it is 0: [B, N, d].
    private static GraphValue DenseEmbedding(GraphBuilder graph, PromptEncoderGraph prompts, int maskSize)
    {
        var masks = graph.Input(Sam2TensorNames.MaskInput, Batch, 1, maskSize, maskSize);
        var hasMask = graph.Input(Sam2TensorNames.HasMaskInput, 1);
        var without = graph.Multiply(prompts.NoMask(), graph.Subtract(graph.Scalar(1), hasMask));
        return graph.Add(graph.Multiply(prompts.EmbedMasks(masks), hasMask), without);
    }

    // [1, L, d] -> [B, L, d].
    private static GraphValue Repeat(GraphBuilder graph, GraphValue x, GraphValue batchSize) =>
        graph.Expand(x, graph.Concat(0, batchSize, graph.Int64Constant(1, 1)));
}
