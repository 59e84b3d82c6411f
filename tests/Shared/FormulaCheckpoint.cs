using System.Collections.Concurrent;
using System.Text;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests;

/// <summary>Weights that nobody needs to download: every tensor is computed from its name, so that any architecture can be checked end to
/// end.</summary>
/// <remarks>FNV-1a 64 of the name seeds splitmix64; values are formed in double and rounded once to float32.</remarks>
internal sealed class FormulaCheckpoint(IReadOnlyDictionary<string, TensorDescription> tensors) : ICheckpoint
{
    private const string PositionalEmbedding = "positional_embedding";
    private readonly ConcurrentDictionary<string, float[]> _values = new();

    public string Source => "formula weights";

    public IReadOnlyDictionary<string, TensorDescription> Tensors { get; } = tensors;

    public ReadOnlyMemory<float> ReadFloat32(string name) =>
        Tensors.TryGetValue(name, out var description)
            ? _values.GetOrAdd(name, _ => Compute(name, description))
            : throw new CheckpointFormatException(Source, name, "a tensor of that name", "none");

    public void Dispose() => _values.Clear();

    private static float[] Compute(string name, TensorDescription tensor)
    {
        var isPosition = name.EndsWith(PositionalEmbedding, StringComparison.Ordinal);
        var seed = Fnv1a(isPosition ? PositionalEmbedding : name);
        var (offset, scale) = OffsetAndScale(name, tensor, isPosition);
        var values = new float[tensor.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)(offset + (scale * Uniform(seed, (ulong)i + 1)));
        }

        return values;
    }

    private static (double Offset, double Scale) OffsetAndScale(string name, TensorDescription tensor, bool isPosition)
    {
        if (isPosition)
        {
            return (0, 1.7);
        }

        if (name.Contains("pos_embed", StringComparison.Ordinal))
        {
            return (0, 0.5);
        }

        if (name is "no_memory_embedding" || name.EndsWith("_token.weight", StringComparison.Ordinal)
            || name.EndsWith("_tokens.weight", StringComparison.Ordinal) || name.EndsWith("_embed.weight", StringComparison.Ordinal))
        {
            return (0, 1);
        }

        if (tensor.Shape.Length == 1)
        {
            var isNormWeight = name.EndsWith("weight", StringComparison.Ordinal) && name.Contains("norm", StringComparison.Ordinal);
            return (isNormWeight ? 1 : 0, 0.05);
        }

        return (0, Math.Sqrt(3.0 * tensor.Shape[0] / tensor.Count));
    }

    private static ulong Fnv1a(string name)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var b in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ b) * 0x100000001B3UL;
        }

        return hash;
    }

    private static double Uniform(ulong seed, ulong index)
    {
        var z = seed + (index * 0x9E3779B97F4A7C15UL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        z ^= z >> 31;
        return ((z >> 40) * Math.Pow(2, -23)) - 1;
    }
}
