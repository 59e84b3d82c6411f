namespace MaskGen.ML.Checkpoints;

/// <summary>The tensors of the image model in a weights file, under Hugging Face's names, wherever the file has them and however it spells
/// them.</summary>
internal sealed class ModelTensors : ICheckpoint
{
    private readonly ICheckpoint _file;
    private readonly IReadOnlyDictionary<string, string[]> _parts;

    private ModelTensors(ICheckpoint file)
    {
        _file = file;
        _parts = ModelTensorSearch.Find(file.Tensors.Keys.ToList(), file.Source, (file as TorchCheckpointReader)?.RootDescription);
        (file as TorchCheckpointReader)?.CheckCopies(_parts.Values.SelectMany(names => names));
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

    public void Dispose() => _file.Dispose();
}
