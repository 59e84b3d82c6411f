namespace MaskGen.ML.Checkpoints;

/// <summary>A safetensors file: F32 without a copy, F16, BF16 and F64 converted on each read. Tensors of other types are listed, and are an
/// error only for whoever reads them.</summary>
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

    public IReadOnlyList<string> Files { get; private init; } = [];

    public IReadOnlyDictionary<string, TensorDescription> Tensors { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="CheckpointFormatException">The file is no whole safetensors file.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static SafetensorsReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(FileByteSource.Open(path), path, isFile: true);
    }

    /// <summary>Reads a stream to its end into memory and checks the header.</summary>
    /// <param name="stream">The bytes; stays open.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="CheckpointFormatException">The stream holds no whole safetensors file.</exception>
    public static SafetensorsReader Read(Stream stream, string source)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(source);
        return Read(MemoryByteSource.Read(stream), source);
    }

    /// <summary>Takes over bytes, and disposes them if they cannot be read.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="source">Name for messages.</param>
    /// <param name="isFile">Whether the name is the path of the file with the bytes.</param>
    /// <exception cref="CheckpointFormatException">As for a file.</exception>
    public static SafetensorsReader Read(ByteSource bytes, string source, bool isFile = false)
    {
        try
        {
            return new SafetensorsReader(bytes, source) { Files = isFile ? [source] : [] };
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    public ReadOnlyMemory<float> ReadFloat32(string name)
    {
        var entry = Find(name);
        return TensorElements.Read(_bytes, entry.Description.ElementType, entry.Offset, (int)entry.Description.Count);
    }

    public void VisitFloat32(string name, TensorVisitor visit)
    {
        var entry = Find(name);
        TensorElements.Visit(_bytes, entry.Description.ElementType, entry.Offset, (int)entry.Description.Count, visit);
    }

    public void Dispose() => _bytes.Dispose();

    private SafetensorsEntry Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_entries.TryGetValue(name, out var entry))
        {
            throw new CheckpointFormatException(Source, name, "a tensor of that name", "none");
        }

        return entry.Description.IsReadable
            ? entry
            : throw new CheckpointFormatException(Source, name, TensorDescription.ReadableTypes, entry.Description.TypeName);
    }
}
