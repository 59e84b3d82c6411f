using System.Collections.Immutable;

namespace MaskGen.ML.OnnxGraph;

/// <summary>A tensor of the checkpoint that a graph needs.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Shape">The shape that the checkpoint must give it.</param>
internal sealed record GraphParameter(string Name, ImmutableArray<int> Shape);

/// <summary>A float32 initializer whose values are supplied when the session is built, so that no weights go through the
/// protobuf.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Shape">Its shape in the graph; where it stands for one parameter, the same values in the same order.</param>
/// <param name="Sources">The checkpoint tensors that it is made of.</param>
/// <param name="Compute">Makes the values from those of <paramref name="Sources"/>, in that order; null to take the only source as it
/// is.</param>
internal sealed record GraphInitializer(
    string Name,
    ImmutableArray<int> Shape,
    ImmutableArray<GraphParameter> Sources,
    Func<ReadOnlyMemory<float>[], float[]>? Compute)
{
    /// <summary>The values, row-major, in <see cref="Shape"/>.</summary>
    /// <param name="read">Gives a checkpoint tensor by its name.</param>
    public ReadOnlyMemory<float> Values(Func<string, ReadOnlyMemory<float>> read) =>
        Compute is null ? read(Sources[0].Name) : Compute([.. Sources.Select(source => read(source.Name))]);
}
