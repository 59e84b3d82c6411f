namespace MaskGen.ML.Checkpoints;

/// <summary>The tensors of the image model in a weights file, each under every one of Hugging Face's names, wherever the file has them and
/// however it spells them.</summary>
/// <remarks>Published checkpoints hold the video model too, which is left out; and of the two names of the position matrix, one tensor,
/// some have only one.</remarks>
internal sealed class ModelTensors : ICheckpoint
{
    private readonly ICheckpoint _file;
    private readonly Dictionary<string, string[]> _parts;

    private ModelTensors(ICheckpoint file)
    {
        _file = file;
        var content = (file as TorchCheckpointReader)?.RootDescription;
        _parts = new Dictionary<string, string[]>(ModelTensorSearch.Find(file.Tensors.Keys.ToList(), file.Source, content));
        (file as TorchCheckpointReader)?.CheckCopies(_parts.Values.SelectMany(names => names));
        if (MetaTensorNames.PositionalEmbeddings.FirstOrDefault(_parts.ContainsKey) is { } position)
        {
            foreach (var alias in MetaTensorNames.PositionalEmbeddings)
            {
                _parts.TryAdd(alias, _parts[position]);
            }
        }

        Tensors = _parts.ToDictionary(
            p => p.Key, p => TensorParts.Describe(file.Source, p.Key, [.. p.Value.Select(part => file.Tensors[part])]));
    }

    public string Source => _file.Source;

    public IReadOnlyList<string> Files => _file.Files;

    public IReadOnlyDictionary<string, TensorDescription> Tensors { get; }

    /// <summary>Takes over a file and finds the model in it; disposes the file if it is not there.</summary>
    /// <exception cref="CheckpointFormatException">The model is not there, or more than once, or its names or pieces do not fit
    /// together.</exception>
    public static ModelTensors Find(ICheckpoint file)
    {
        try
        {
            return new ModelTensors(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public ReadOnlyMemory<float> ReadFloat32(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _parts.TryGetValue(name, out var parts)
            ? TensorParts.Read(parts, _file.ReadFloat32)
            : throw new CheckpointFormatException(Source, name, "a tensor of that name", "none");
    }

    public void VisitFloat32(string name, TensorVisitor visit)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_parts.TryGetValue(name, out var parts) && parts.Length == 1)
        {
            _file.VisitFloat32(parts[0], visit);
        }
        else
        {
            visit(ReadFloat32(name).Span, start: 0);
        }
    }

    public void Dispose() => _file.Dispose();
}
