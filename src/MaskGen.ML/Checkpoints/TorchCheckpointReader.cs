namespace MaskGen.ML.Checkpoints;

/// <summary>A file of torch.save (<c>.pt</c>, <c>.pth</c>, <c>.bin</c>, <c>.ckpt</c>), whatever it holds beside tensors and however deep
/// they lie: each is named by the keys that lead to it, joined by dots.</summary>
/// <remarks>Safe for concurrent reads. Contiguous float32 needs no copy; all else is put in order and converted on each read. The pickle
/// executes nothing. A tensor that cannot be read is listed as such, and is an error only for whoever reads it.</remarks>
internal sealed class TorchCheckpointReader : ICheckpoint
{
    // What reads may copy in all, against the length of the file: float16 doubles, and nothing honest does more.
    private const int LargestCopyFactor = 2;
    private const long FreeCopy = 1 << 20;

    private readonly ByteSource _bytes;
    private readonly IReadOnlyDictionary<string, ZipMember> _storages;
    private readonly IReadOnlyDictionary<string, object> _tensors;

    private TorchCheckpointReader(ByteSource bytes, string source)
    {
        _bytes = bytes;
        Source = source;
        var content = IsLegacy(bytes) ? TorchLegacyFile.Read(bytes, source)
            : ZipDirectory.IsZip(bytes) ? TorchArchive.Read(bytes, source)
            : throw new CheckpointFormatException(
                source, "expected a zip archive as torch.save writes, found something else or a file that is cut off.");
        _storages = content.Storages;
        _tensors = TorchTensorTree.Find(content.Root, source, bytes.Length);
        Tensors = _tensors.ToDictionary(t => t.Key, t => Describe(t.Value));
        RootDescription = DescribeRoot(content.Root);
    }

    public string Source { get; }

    public IReadOnlyList<string> Files { get; private init; } = [];

    public IReadOnlyDictionary<string, TensorDescription> Tensors { get; }

    /// <summary>What the file holds at its top, for whoever finds no model in it.</summary>
    public string RootDescription { get; }

    /// <summary>Opens a file and reads its pickle.</summary>
    /// <exception cref="CheckpointFormatException">The file is not one of torch.save, is damaged, or its pickle is refused.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static TorchCheckpointReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(FileByteSource.Open(path), path, isFile: true);
    }

    /// <summary>Reads a stream to its end into memory, then as <see cref="Open"/>.</summary>
    /// <param name="stream">The bytes; stays open.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="CheckpointFormatException">As for a file.</exception>
    public static TorchCheckpointReader Read(Stream stream, string source)
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
    public static TorchCheckpointReader Read(ByteSource bytes, string source, bool isFile = false)
    {
        try
        {
            return new TorchCheckpointReader(bytes, source) { Files = isFile ? [source] : [] };
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    public ReadOnlyMemory<float> ReadFloat32(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_tensors.TryGetValue(name, out var value))
        {
            throw new CheckpointFormatException(Source, name, "a tensor of that name", "none");
        }

        if (Problem(value) is { } problem)
        {
            throw new CheckpointFormatException(Source, name, TensorDescription.ReadableTypes, problem);
        }

        var tensor = (TorchTensor)value;
        var (type, size) = (tensor.Storage.Type.ElementType, tensor.Storage.Type.ElementSize);
        var start = _storages[tensor.Storage.Key].Offset;
        return tensor.IsContiguous
            ? TensorElements.Read(_bytes, type, start + (tensor.Offset * size), (int)tensor.Count)
            : StridedCopy.Gather(_bytes, type, start, tensor);
    }

    /// <summary>Checks that reading tensors does not take far more memory than the file has bytes, as many looks at one storage
    /// would.</summary>
    /// <exception cref="CheckpointFormatException">It does.</exception>
    public void CheckCopies(IEnumerable<string> names)
    {
        var copied = names.Select(name => _tensors[name]).OfType<TorchTensor>().Sum(t => IsView(t) ? 0 : t.Count * sizeof(float));
        var most = FreeCopy + (LargestCopyFactor * _bytes.Length);
        if (copied > most)
        {
            throw new CheckpointFormatException(
                Source, $"expected tensors of at most {most} bytes for a file of this size, found {copied}.");
        }
    }

    public void Dispose() => _bytes.Dispose();

    private static bool IsLegacy(ByteSource bytes) =>
        TorchLegacyFile.IsLegacy(bytes.GetSpan(0, (int)Math.Min(bytes.Length, TorchLegacyFile.StartLength)));

    private static string DescribeRoot(object? root) => root switch
    {
        TorchDictionary { Count: 0 } => "an empty dictionary",
        TorchDictionary dictionary => "a dictionary with the keys " + string.Join(
            ", ", dictionary.Items.Take(8).Select(item => $"'{CheckpointText.Shorten(item.Key)}'")) + (dictionary.Count > 8 ? ", ..." : ""),
        TorchTensor => "a single tensor",
        TorchPlaceholder placeholder => $"an object of the type {CheckpointText.Shorten(placeholder.What)}",
        TorchGlobalReference global => $"the type {CheckpointText.Shorten(global.Name)}",
        List<object?> or object?[] => "a list",
        null => "None",
        _ => "a single value",
    };

    private TensorDescription Describe(object value) => Problem(value) is { } problem
        ? TensorDescription.Unreadable(problem, (value as TorchTensor)?.Shape)
        : new TensorDescription(((TorchTensor)value).Storage.Type.ElementType, ((TorchTensor)value).Shape);

    /// <summary>What a tensor is that cannot be read, as part of a message; null for one that can.</summary>
    private string? Problem(object value)
    {
        if (value is not TorchTensor { Storage: var storage })
        {
            return CheckpointText.Shorten(((TorchPlaceholder)value).What);
        }

        if (storage.Type.ElementType == TensorElementType.Other)
        {
            return CheckpointText.Shorten(storage.Type.Name);
        }

        if (!_storages.TryGetValue(storage.Key, out var member))
        {
            return $"a storage, '{CheckpointText.Shorten(storage.Key)}', that is not in the file";
        }

        var expected = (Int128)storage.Count * storage.Type.ElementSize;
        return member.Problem ?? (member.Length == expected
            ? null
            : $"a storage, '{CheckpointText.Shorten(storage.Key)}', of {member.Length} bytes instead of {expected}");
    }

    private bool IsView(TorchTensor tensor) =>
        Problem(tensor) is not null
        || (tensor.Storage.Type.ElementType == TensorElementType.Float32
            && tensor.IsContiguous
            && (_storages[tensor.Storage.Key].Offset + (tensor.Offset * sizeof(float))) % sizeof(float) == 0);
}
