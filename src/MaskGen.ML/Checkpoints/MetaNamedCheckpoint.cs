namespace MaskGen.ML.Checkpoints;

/// <summary>A checkpoint with Meta's names, shown under Hugging Face's: weights that somebody took out of a <c>.pt</c> as they were.</summary>
internal sealed class MetaNamedCheckpoint : ICheckpoint
{
    private readonly ICheckpoint _named;
    private readonly Dictionary<string, string[]> _parts;

    private MetaNamedCheckpoint(ICheckpoint named)
    {
        _named = named;
        _parts = MetaTensorNames.Translate(named.Tensors.Keys.ToHashSet(), named.Source);
        Tensors = _parts.ToDictionary(
            p => p.Key,
            p => TensorParts.Describe(named.Source, p.Key, [.. p.Value.Select(part => named.Tensors[part])]));
    }

    public string Source => _named.Source;

    public IReadOnlyDictionary<string, TensorDescription> Tensors { get; }

    /// <summary>Takes over a checkpoint and translates its names if they are Meta's; gives it back as it is otherwise.</summary>
    /// <exception cref="CheckpointFormatException">The names or the pieces do not fit together; the checkpoint is disposed.</exception>
    public static ICheckpoint TranslateIfNeeded(ICheckpoint checkpoint)
    {
        if (!MetaTensorNames.AreMeta(checkpoint.Tensors.Keys))
        {
            return checkpoint;
        }

        try
        {
            return new MetaNamedCheckpoint(checkpoint);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    public ReadOnlyMemory<float> ReadFloat32(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _parts.TryGetValue(name, out var parts)
            ? TensorParts.Read(parts, _named.ReadFloat32)
            : throw new CheckpointFormatException(Source, name, "a tensor of that name", "none");
    }

    public void Dispose() => _named.Dispose();
}
