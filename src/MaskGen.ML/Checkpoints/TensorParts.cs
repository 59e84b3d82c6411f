namespace MaskGen.ML.Checkpoints;

/// <summary>Puts a tensor together from parts that follow each other in its first dimension, as Meta stores the point embeddings.</summary>
internal static class TensorParts
{
    /// <summary>Type and shape of the whole.</summary>
    /// <param name="source">Name of the file, for messages.</param>
    /// <param name="name">Name of the whole.</param>
    /// <param name="parts">One, which is the whole, or several of the shape [1, ...].</param>
    /// <exception cref="CheckpointFormatException">The parts do not fit together.</exception>
    public static TensorDescription Describe(string source, string name, IReadOnlyList<TensorDescription> parts)
    {
        var first = parts[0];
        if (parts.Count == 1)
        {
            return first;
        }

        if (parts.FirstOrDefault(part => !part.IsReadable) is { } unreadable)
        {
            return unreadable;
        }

        foreach (var part in parts)
        {
            if (part.Shape is not [1, ..] || part.ElementType != first.ElementType || !part.Shape.SequenceEqual(first.Shape))
            {
                throw new CheckpointFormatException(
                    source,
                    name,
                    $"parts of one type and one shape [1, d], such as {first.TypeName} {CheckpointText.Shape(first.Shape)}",
                    $"{part.TypeName} {CheckpointText.Shape(part.Shape)}");
            }
        }

        return first with { Shape = first.Shape.SetItem(0, parts.Count) };
    }

    /// <summary>Values of the whole; without a copy where there is but one part.</summary>
    public static ReadOnlyMemory<float> Read<T>(IReadOnlyList<T> parts, Func<T, ReadOnlyMemory<float>> read)
    {
        if (parts.Count == 1)
        {
            return read(parts[0]);
        }

        var values = parts.Select(read).ToList();
        var whole = new float[values.Sum(v => v.Length)];
        var done = 0;
        foreach (var part in values)
        {
            part.CopyTo(whole.AsMemory(done));
            done += part.Length;
        }

        return whole;
    }
}
