using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>The small layers that prompt encoder and mask decoder are made of, on [B, L, C] tensors whose batch size is known only at run
/// time.</summary>
internal static class DecoderLayers
{
    // PyTorch's default, which the transformer's normalizations are built with.
    private const float TransformerEpsilon = 1e-5f;

    /// <summary><c>x W^T + b</c> on the last axis of a [B, L, in] tensor.</summary>
    public static GraphValue Project(GraphBuilder graph, GraphValue x, string name, int inputWidth, int outputWidth, int length)
    {
        var rows = Project(graph, graph.Reshape(x, -1, inputWidth), name, inputWidth, outputWidth);
        return graph.Reshape(rows, -1, length, outputWidth);
    }

    /// <summary><c>x W^T + b</c> on the last axis of a tensor of any shape.</summary>
    public static GraphValue ProjectLastAxis(GraphBuilder graph, GraphValue x, string name, int inputWidth, int outputWidth)
    {
        var weight = graph.Transpose(graph.Parameter($"{name}.weight", outputWidth, inputWidth), 1, 0);
        return graph.Add(graph.MatMul(x, weight), graph.Parameter($"{name}.bias", outputWidth));
    }

    /// <summary><c>x W^T + b</c> on a [rows, in] matrix.</summary>
    public static GraphValue Project(GraphBuilder graph, GraphValue x, string name, int inputWidth, int outputWidth) =>
        graph.Linear(x, graph.Parameter($"{name}.weight", outputWidth, inputWidth), graph.Parameter($"{name}.bias", outputWidth));

    /// <summary>Layer normalization of the transformer, over the last axis.</summary>
    public static GraphValue Normalize(GraphBuilder graph, GraphValue x, string name, int width) =>
        graph.LayerNormalization(x, graph.Parameter($"{name}.weight", width), graph.Parameter($"{name}.bias", width), TransformerEpsilon);

    /// <summary>Layer normalization over the channels of a [B, C, H, W] map.</summary>
    public static GraphValue NormalizeChannels(GraphBuilder graph, GraphValue x, string name, int channels, float epsilon)
    {
        var tokens = graph.Transpose(x, 0, 2, 3, 1);
        tokens = graph.LayerNormalization(
            tokens, graph.Parameter($"{name}.weight", channels), graph.Parameter($"{name}.bias", channels), epsilon);
        return graph.Transpose(tokens, 0, 3, 1, 2);
    }

    /// <summary>A multilayer perceptron with ReLU between its layers, on a [rows, in] matrix.</summary>
    public static GraphValue Mlp(GraphBuilder graph, GraphValue x, string name, int inputWidth, int hiddenWidth, int outputWidth, int depth)
    {
        x = graph.Relu(Project(graph, x, $"{name}.proj_in", inputWidth, hiddenWidth));
        for (var i = 0; i < depth - 2; i++)
        {
            x = graph.Relu(Project(graph, x, $"{name}.layers.{i}", hiddenWidth, hiddenWidth));
        }

        return Project(graph, x, $"{name}.proj_out", hiddenWidth, outputWidth);
    }
}
