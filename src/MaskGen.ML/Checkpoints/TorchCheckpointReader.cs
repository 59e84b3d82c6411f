namespace MaskGen.ML.Checkpoints;

/// <summary>A <c>.pt</c> file as torch.save writes it and Meta publishes it: a zip archive of storages and a pickle that says how tensors
/// look at them.</summary>
/// <remarks>Safe for concurrent reads. Tensors have Hugging Face's names, and those of the video model are left out. Contiguous
/// float32 needs no copy; all else is put in order and widened on each read. The pickle is read against an allow-list and executes
/// nothing.</remarks>
internal sealed class TorchCheckpointReader : ICheckpoint
{
    private const string PickleName = "data.pkl";

    // What reads may copy in all, against the length of the file: float16 doubles, and nothing honest does more.
    private const int LargestCopyFactor = 2;
    private const long FreeCopy = 1 << 20;

    private static readonly string[] Extensions = [".pt", ".pth", ".bin"];

    private readonly ByteSource _bytes;
    private readonly Dictionary<string, ZipMember> _members;
    private readonly string _prefix;

    private readonly Dictionary<string, TorchTensor[]> _parts;

    private TorchCheckpointReader(ByteSource bytes, string source)
    {
        _bytes = bytes;
        Source = source;
        CheckForm(bytes, source);
        _members = ZipDirectory.Read(bytes, source);
        _prefix = FindPrefix();
        CheckByteOrder();
        _parts = TorchStateDict.Read(ReadPickle(), source);
        foreach (var (name, parts) in _parts)
        {
            Array.ForEach(parts, p => CheckStorage(name, p));
        }

        CheckCopies();
        Tensors = _parts.ToDictionary(p => p.Key, p => Describe(p.Key, p.Value));
    }

    public string Source { get; }

    public IReadOnlyDictionary<string, TensorDescription> Tensors { get; }

    /// <summary>Whether a file is for this reader: it has one of torch's extensions, or begins as an archive does.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static bool Recognises(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
        {
            return true;
        }

        Span<byte> start = stackalloc byte[4];
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1);
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK\x03\x04"u8);
    }

    /// <summary>Opens a file and reads its pickle.</summary>
    /// <exception cref="CheckpointFormatException">The file is no such archive, is damaged, or its pickle asks for what is not
    /// permitted.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static TorchCheckpointReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Create(FileByteSource.Open(path), path);
    }

    /// <summary>Reads a stream to its end into memory, then as <see cref="Open"/>.</summary>
    /// <param name="stream">The bytes; stays open.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="CheckpointFormatException">As for a file.</exception>
    public static TorchCheckpointReader Read(Stream stream, string source)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(source);
        return Create(MemoryByteSource.Read(stream), source);
    }

    public ReadOnlyMemory<float> ReadFloat32(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_parts.TryGetValue(name, out var parts))
        {
            throw new CheckpointFormatException(Source, name, "a tensor of that name", "none");
        }

        return TensorParts.Read(parts, ReadPart);
    }

    public void Dispose() => _bytes.Dispose();

    private static TorchCheckpointReader Create(ByteSource bytes, string source)
    {
        try
        {
            return new TorchCheckpointReader(bytes, source);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private static void CheckForm(ByteSource bytes, string source)
    {
        if (ZipDirectory.IsZip(bytes))
        {
            return;
        }

        // Before torch 1.6 the file was a row of pickles, the first of them a number.
        throw bytes.Length > 2 && bytes.GetSpan(0, 1)[0] == 0x80
            ? new CheckpointFormatException(
                source,
                "expected a zip archive as torch writes since version 1.6, found its older form. Save it again in Python: "
                + "torch.save(torch.load(path, map_location=\"cpu\", weights_only=True), new_path).")
            : new CheckpointFormatException(
                source, "expected a zip archive as torch.save writes, found something else or a file that is cut off.");
    }

    private string FindPrefix()
    {
        // At the second level: <name>/data.pkl.
        var pickles = _members.Keys
            .Where(n => n.EndsWith("/" + PickleName, StringComparison.Ordinal) && n.Count(c => c == '/') == 1)
            .ToList();
        return pickles is [var pickle]
            ? pickle[..^PickleName.Length]
            : throw new CheckpointFormatException(
                Source, $"expected one member <name>/{PickleName}, found {pickles.Count}; the archive was not written by torch.save.");
    }

    private void CheckByteOrder()
    {
        if (_members.TryGetValue(_prefix + "byteorder", out var member))
        {
            var order = _bytes.GetSpan(member.Offset, (int)Math.Min(member.Length, 16));
            if (!order.SequenceEqual("little"u8))
            {
                throw new CheckpointFormatException(Source, $"expected byte order little, found {CheckpointText.Shorten(order)}.");
            }
        }
    }

    private object? ReadPickle()
    {
        var member = _members[_prefix + PickleName];
        return member.Length <= int.MaxValue
            ? TorchPickle.Read(_bytes.GetSpan(member.Offset, (int)member.Length), Source, _bytes.Length)
            : throw new CheckpointFormatException(Source, $"expected a pickle of at most {int.MaxValue} bytes, found {member.Length}.");
    }

    private void CheckStorage(string name, TorchTensor tensor)
    {
        var storage = tensor.Storage;
        if (storage.Type.ElementType is null)
        {
            throw new CheckpointFormatException(Source, name, "float32, float16 or bfloat16", storage.Type.Name);
        }

        if (!_members.TryGetValue(MemberName(storage), out var member))
        {
            throw new CheckpointFormatException(Source, name, $"archive member {CheckpointText.Shorten(MemberName(storage))}", "none");
        }

        if (member.Length != storage.Count * storage.Type.ElementSize)
        {
            throw new CheckpointFormatException(
                Source,
                name,
                $"{storage.Count * storage.Type.ElementSize} bytes in archive member {CheckpointText.Shorten(MemberName(storage))}",
                $"{member.Length}");
        }
    }

    private void CheckCopies()
    {
        var copied = _parts.Values.Sum(parts => parts.Sum(p => IsView(p) && parts.Length == 1 ? 0 : p.Count * sizeof(float)));
        var most = FreeCopy + (LargestCopyFactor * _bytes.Length);
        if (copied > most)
        {
            throw new CheckpointFormatException(
                Source, $"expected tensors of at most {most} bytes for a file of this size, found {copied}.");
        }
    }

    private bool IsView(TorchTensor tensor) =>
        tensor.Storage.Type.ElementType == TensorElementType.Float32
        && tensor.IsContiguous
        && _members[MemberName(tensor.Storage)].Offset % sizeof(float) == 0;

    private TensorDescription Describe(string name, TorchTensor[] parts) =>
        TensorParts.Describe(Source, name, [.. parts.Select(p => new TensorDescription(ElementTypeOf(p), p.Shape))]);

    // CheckStorage has seen to it that there is one.
    private static TensorElementType ElementTypeOf(TorchTensor tensor) => tensor.Storage.Type.ElementType!.Value;

    private ReadOnlyMemory<float> ReadPart(TorchTensor tensor)
    {
        var type = ElementTypeOf(tensor);
        var start = _members[MemberName(tensor.Storage)].Offset;
        var size = tensor.Storage.Type.ElementSize;
        if (tensor.IsContiguous)
        {
            return TensorElements.Read(_bytes, type, start + (tensor.Offset * size), (int)tensor.Count);
        }

        return StridedCopy.Gather(_bytes, type, start, tensor);
    }

    private string MemberName(TorchStorage storage) => $"{_prefix}data/{storage.Key}";
}
