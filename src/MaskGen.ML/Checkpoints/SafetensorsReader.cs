namespace MaskGen.ML.Checkpoints;

/// <summary>A safetensors file, or its bytes in memory: F32 without a copy, F16 and BF16 widened on each read.</summary>
/// <remarks>Safe for concurrent reads. Everything in the header is checked before the reader exists.</remarks>
internal sealed class SafetensorsReader : ICheckpoint
{
    private readonly ByteSource _bytes;
    private readonly Dictionary<string, SafetensorsEntry> _entries;

    private SafetensorsReader(ByteSource bytes, string source)
    {
        _bytes = bytes;
        Source = source;
        _entries = SafetensorsHeader.Read(bytes, source);
        Tensors = _entries.ToDictionary(e => e.Key, e => e.Value.Description);
    }

    public string Source { get; }

    public IReadOnlyDictionary<string, TensorDescription> Tensors { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="CheckpointFormatException">The file is no whole safetensors file of float tensors.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static SafetensorsReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Create(FileByteSource.Open(path), path);
    }

    /// <summary>Reads a stream to its end into memory and checks the header.</summary>
    /// <param name="stream">The bytes; stays open.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="CheckpointFormatException">The stream holds no whole safetensors file of float tensors.</exception>
    public static SafetensorsReader Read(Stream stream, string source)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(source);
        return Create(MemoryByteSource.Read(stream), source);
    }

    public ReadOnlyMemory<float> ReadFloat32(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _entries.TryGetValue(name, out var entry)
            ? TensorElements.Read(_bytes, entry.Description.ElementType, entry.Offset, (int)entry.Description.Count)
            : throw new CheckpointFormatException(Source, name, "a tensor of that name", "none");
    }

    public void Dispose() => _bytes.Dispose();

    private static SafetensorsReader Create(ByteSource bytes, string source)
    {
        try
        {
            return new SafetensorsReader(bytes, source);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }
}
