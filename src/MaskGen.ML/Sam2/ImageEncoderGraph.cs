using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>The image encoder: normalized pixels to image embedding and high-resolution features.</summary>
internal static class ImageEncoderGraph
{
    /// <summary>Builds the graph; inputs and outputs are named in <see cref="Sam2TensorNames"/>.</summary>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="precision">What the matrix products of the trunk's blocks are computed with.</param>
    /// <param name="withMagnitude">Whether to give out <see cref="Sam2TensorNames.Magnitude"/> too: for who does not look at the values
    /// themselves.</param>
    public static GraphModel Build(
        Sam2ModelConfig config, EncoderPrecision precision = EncoderPrecision.Float32, bool withMagnitude = false)
    {
        var graph = new GraphBuilder("sam2_image_encoder");
        var size = config.ImageSize;
        var image = graph.Input(Sam2TensorNames.Image, 1, 3, size, size);
        var stages = HieraTrunkGraph.Build(graph, config.Trunk, image, size, precision);
        var levels = FpnNeckGraph.Build(graph, config, stages);
        var d = config.HiddenSize;

        // The coarsest level only contributes to the top-down sum; the one above it is the image embedding.
        var embedding = levels[2];
        var noMemory = graph.ParameterAs("no_memory_embedding", [1, 1, d], [1, d]);
        embedding = embedding with { Value = graph.Add(embedding.Value, noMemory) };

        // Belong to the mask decoder in the checkpoint, but depend on the image alone.
        var features0 = FpnNeckGraph.Project(graph, levels[0], "mask_decoder.conv_s0", d / 8);
        var features1 = FpnNeckGraph.Project(graph, levels[1], "mask_decoder.conv_s1", d / 4);

        Output(graph, features0, Sam2TensorNames.HighResolutionFeatures0);
        Output(graph, features1, Sam2TensorNames.HighResolutionFeatures1);
        Output(graph, embedding, Sam2TensorNames.ImageEmbedding);
        if (withMagnitude)
        {
            var magnitude = graph.Add(
                graph.SumOfMagnitudes(embedding.Value),
                graph.Add(graph.SumOfMagnitudes(features0.Value), graph.SumOfMagnitudes(features1.Value)));
            graph.Output(graph.Reshape(magnitude, 1), Sam2TensorNames.Magnitude, 1);
        }

        return graph.Build();
    }

    private static void Output(GraphBuilder graph, TokenMap map, string name)
    {
        var planes = graph.Reshape(graph.Transpose(map.Value, 1, 0), 1, map.Channels, map.Height, map.Width);
        graph.Output(planes, name, 1, map.Channels, map.Height, map.Width);
    }
}
