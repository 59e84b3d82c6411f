namespace MaskGen.ML.Checkpoints;

/// <summary>Weights that are split over several files, as their index says.</summary>
/// <remarks>Safe for concurrent reads.</remarks>
internal sealed class ShardedWeights : ICheckpoint
{
    private readonly ShardIndex _index;
    private readonly Dictionary<string, ICheckpoint> _files = [];

    private ShardedWeights(ShardIndex index)
    {
        _index = index;
        Files = [.. index.Files.Values];
    }

    public string Source => _index.Path;

    public IReadOnlyList<string> Files { get; }

    public IReadOnlyDictionary<string, TensorDescription> Tensors { get; private set; } = new Dictionary<string, TensorDescription>();

    /// <summary>Opens the files of an index.</summary>
    /// <exception cref="CheckpointFormatException">The index or one of the files is damaged, or a file lacks a tensor.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; names it.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static ShardedWeights Open(string path)
    {
        var index = ShardIndex.Read(path);
        if (index.MissingFiles().FirstOrDefault() is { } missing)
        {
            throw new FileNotFoundException(
                $"{path}: expected the file {Path.GetFileName(missing)} beside it, with a part of the weights; found none.", missing);
        }

        var weights = new ShardedWeights(index);
        try
        {
            foreach (var (name, file) in index.Files)
            {
                weights._files.Add(name, WeightsFile.OpenSingle(file));
            }

            weights.Tensors = index.FileOfTensor.ToDictionary(t => t.Key, t => weights.Describe(t.Key));
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    public ReadOnlyMemory<float> ReadFloat32(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _index.FileOfTensor.TryGetValue(name, out var file)
            ? _files[file].ReadFloat32(name)
            : throw new CheckpointFormatException(Source, name, "a tensor of that name", "none");
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }
    }

    private TensorDescription Describe(string name)
    {
        var file = _files[_index.FileOfTensor[name]];
        return file.Tensors.TryGetValue(name, out var tensor)
            ? tensor
            : throw new CheckpointFormatException(file.Source, name, $"this tensor, as {Path.GetFileName(Source)} says", "none");
    }
}
