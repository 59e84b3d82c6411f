using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>The feature pyramid neck as graph nodes: every stage to d channels, coarse levels added into finer ones.</summary>
/// <remarks>Source: SAM 2 2b90b9f, sam2/modeling/backbones/image_encoder.py FpnNeck.</remarks>
internal static class FpnNeckGraph
{
    /// <summary>Adds the neck.</summary>
    /// <param name="graph">Receives the nodes.</param>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="stages">Stage outputs, finest first.</param>
    /// <returns>One map of d channels per stage, finest first.</returns>
    public static TokenMap[] Build(GraphBuilder graph, Sam2ModelConfig config, IReadOnlyList<TokenMap> stages)
    {
        var levels = new TokenMap[stages.Count];
        var last = stages.Count - 1;
        for (var level = last; level >= 0; level--)
        {
            // The neck numbers its convolutions from the coarsest level.
            var lateral = Project(graph, stages[level], $"vision_encoder.neck.convs.{last - level}", config.HiddenSize);
            levels[level] = level != last && config.FpnTopDownLevels.Contains(level)
                ? lateral with { Value = graph.Add(lateral.Value, UpsampleNearest(graph, levels[level + 1], lateral)) }
                : lateral;
        }

        return levels;
    }

    /// <summary>A 1x1 convolution on a map in token order.</summary>
    public static TokenMap Project(GraphBuilder graph, TokenMap map, string name, int channels)
    {
        var weight = graph.ParameterAs($"{name}.weight", [channels, map.Channels, 1, 1], [channels, map.Channels]);
        return map with { Value = graph.Linear(map.Value, weight, graph.Parameter($"{name}.bias", channels)), Channels = channels };
    }

    // Every token of the coarse map becomes a square of tokens of the fine one.
    private static GraphValue UpsampleNearest(GraphBuilder graph, TokenMap coarse, TokenMap fine)
    {
        var (rowFactor, columnFactor) = (fine.Height / coarse.Height, fine.Width / coarse.Width);
        var x = graph.Reshape(coarse.Value, coarse.Height, 1, coarse.Width, 1, coarse.Channels);
        x = graph.Expand(x, coarse.Height, rowFactor, coarse.Width, columnFactor, coarse.Channels);
        return graph.Reshape(x, (long)fine.Height * fine.Width, coarse.Channels);
    }
}
