using System.Collections.Immutable;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MaskGen.ML.OnnxGraph;

/// <summary>A tensor of the checkpoint that a graph needs.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Shape">The shape that the checkpoint must give it.</param>
internal sealed record GraphParameter(string Name, ImmutableArray<int> Shape);

/// <summary>An initializer whose values are supplied when the session is built, so that no weights go through the protobuf: float32, or
/// int8 where <paramref name="ComputeInt8"/> makes them, or float16.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Shape">Its shape in the graph; where it stands for one parameter, the same values in the same order.</param>
/// <param name="Sources">The checkpoint tensors that it is made of.</param>
/// <param name="Compute">Makes the values from those of <paramref name="Sources"/>, in that order; null to take the only source as it
/// is.</param>
/// <param name="ComputeInt8">The same for int8 values; null for others.</param>
/// <param name="IsFloat16">Whether float32 values are rounded to float16.</param>
internal sealed record GraphInitializer(
    string Name,
    ImmutableArray<int> Shape,
    ImmutableArray<GraphParameter> Sources,
    Func<ReadOnlyMemory<float>[], float[]>? Compute,
    Func<ReadOnlyMemory<float>[], ReadOnlyMemory<sbyte>>? ComputeInt8 = null,
    bool IsFloat16 = false)
{
    /// <summary>Type of the values, of <see cref="OnnxElementTypes"/>.</summary>
    public int ElementType => ComputeInt8 is not null ? OnnxElementTypes.Int8
        : IsFloat16 ? OnnxElementTypes.Float16 : OnnxElementTypes.Float32;

    /// <summary>How many values there are.</summary>
    public long Count => Shape.Aggregate(1L, (count, side) => count * side);

    /// <summary>The float32 values, row-major, in <see cref="Shape"/>.</summary>
    /// <param name="read">Gives a checkpoint tensor by its name.</param>
    public ReadOnlyMemory<float> Values(Func<string, ReadOnlyMemory<float>> read) =>
        Compute is null ? read(Sources[0].Name) : Compute(Read(read));

    /// <summary>The int8 values, likewise.</summary>
    public ReadOnlyMemory<sbyte> Int8Values(Func<string, ReadOnlyMemory<float>> read) => ComputeInt8!(Read(read));

    /// <summary>The float32 values rounded to float16; one beyond its range becomes infinite.</summary>
    public ReadOnlyMemory<Half> Float16Values(Func<string, ReadOnlyMemory<float>> read)
    {
        var values = Values(read);
        var rounded = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values.Span, rounded);
        return rounded;
    }

    /// <summary>The values of any type as bytes.</summary>
    public ReadOnlySpan<byte> Bytes(Func<string, ReadOnlyMemory<float>> read) => ElementType switch
    {
        OnnxElementTypes.Int8 => MemoryMarshal.AsBytes(Int8Values(read).Span),
        OnnxElementTypes.Float16 => MemoryMarshal.AsBytes(Float16Values(read).Span),
        _ => MemoryMarshal.AsBytes(Values(read).Span),
    };

    private ReadOnlyMemory<float>[] Read(Func<string, ReadOnlyMemory<float>> read) => [.. Sources.Select(source => read(source.Name))];
}
