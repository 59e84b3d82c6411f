using MaskGen.ML.OnnxGraph.Protobuf;

namespace MaskGen.ML.OnnxGraph;

/// <summary>A finished graph: its structure, and the initializers whose values are supplied apart from it.</summary>
/// <param name="Proto">The ONNX model; it lists <paramref name="Initializers"/> with name, type and dimensions, without data.</param>
/// <param name="Initializers">What the session must be given.</param>
internal sealed record GraphModel(ModelProto Proto, IReadOnlyList<GraphInitializer> Initializers)
{
    /// <summary>Every checkpoint tensor that the graph needs, once, by name.</summary>
    public IReadOnlyDictionary<string, GraphParameter> Parameters { get; } =
        Initializers.SelectMany(initializer => initializer.Sources)
            .GroupBy(parameter => parameter.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
}
