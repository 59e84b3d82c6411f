using System.IO.Hashing;
using System.Text.Json;
using MaskGen.ML.Files;
using Parquet;

namespace MaskGen.ML.Results;

/// <summary>Writes the masks of many images as one Parquet file, a row per mask. An image without masks has one row without a mask, and so
/// has one that failed, with the error. Not safe for concurrent use.</summary>
/// <remarks>Rows are written in groups as they come, so memory does not grow with the number of images. The stamp is in the metadata of
/// the file, <c>maskgen</c>, and has the hash of everything before them.</remarks>
internal sealed class MaskTable : IDisposable
{
    private const string MetadataKey = "maskgen";
    private const int LongestFooter = 1 << 28;

    private static readonly byte[] Magic = [.. "PAR1"u8];

    private readonly AtomicFile _file;
    private readonly HashingStream _hashed;
    private readonly MaskTableWriter _writer;
    private readonly ResultStamp _stamp;

    /// <summary>Begins a file, which gets its name only once it is complete.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public MaskTable(string path, ResultStamp stamp)
    {
        _stamp = stamp;
        _file = new AtomicFile(path);
        _hashed = new HashingStream(_file.Stream);
        _writer = new MaskTableWriter(_hashed);
    }

    /// <summary>What it is.</summary>
    public static ResultKind Kind { get; } = new("table") { Inspect = Inspect };

    /// <summary>Reads the names of the images of a file that have results.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no such table.</exception>
    public static IEnumerable<string> ReadImageNames(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return ReadImageNamesAsync(stream).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not (IOException or UnauthorizedAccessException))
        {
            throw new InvalidDataException($"{path}: expected a table of masks, found something else: {e.Message}", e);
        }
    }

    /// <summary>Adds an image and its masks.</summary>
    /// <param name="image">Its name, with <c>/</c> between folders.</param>
    /// <param name="masks">Its masks.</param>
    /// <exception cref="IOException">It cannot be written; the file is then worth nothing.</exception>
    public void Add(string image, MaskSet masks) => _writer.Add(image, masks);

    /// <summary>Adds an image that has no results.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void AddFailure(string image, string error) => _writer.AddFailure(image, error);

    /// <summary>Completes the file.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Complete()
    {
        _writer.Complete(() => new Dictionary<string, string> { [MetadataKey] = (_stamp with { Content = _hashed.Digest }).ToJson() });
        _file.Complete();
    }

    // Not that of the writer, which would write its end.
    public void Dispose() => _file.Dispose();

    private static ResultFileState Inspect(Stream stream, bool isThorough)
    {
        var head = new byte[Magic.Length];
        var found = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (!Magic.AsSpan().StartsWith(head.AsSpan(0, found)))
        {
            return ResultFileState.Foreign;
        }

        // Cut before anything that could be lost.
        if (stream.Length <= Magic.Length)
        {
            return ResultFileState.Blank;
        }

        if (ReadFooter(stream) is not var (footer, start) || TryReadStamp(footer) is not { } stamp)
        {
            return ResultFileState.Foreign;
        }

        return isThorough && stamp.Content != DigestOf(stream, start) ? ResultFileState.Foreign : ResultFileState.Ours(stamp);
    }

    private static async Task<IReadOnlyCollection<string>> ReadImageNamesAsync(Stream stream)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        for (var i = 0; i < reader.RowGroupCount; i++)
        {
            using var group = reader.OpenRowGroupReader(i);
            var (images, errors) = (new string?[group.RowCount], new string?[group.RowCount]);
            await group.ReadAsync(MaskTableWriter.Image, images.AsMemory()).ConfigureAwait(false);
            await group.ReadAsync(MaskTableWriter.Error, errors.AsMemory()).ConfigureAwait(false);
            names.UnionWith(images.Where((_, row) => errors[row] is null).OfType<string>());
        }

        return names;
    }

    // The last eight bytes are the length of the footer and the magic number again.
    private static (byte[] Footer, long Start)? ReadFooter(Stream stream)
    {
        var tail = new byte[4 + Magic.Length];
        stream.Position = Math.Max(0, stream.Length - tail.Length);
        if (stream.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false) < tail.Length || !tail.AsSpan(4).SequenceEqual(Magic))
        {
            return null;
        }

        var length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(tail);
        var start = stream.Length - tail.Length - length;
        if (length > LongestFooter || start < Magic.Length)
        {
            return null;
        }

        var footer = new byte[length];
        stream.Position = start;
        return stream.ReadAtLeast(footer, footer.Length, throwOnEndOfStream: false) == footer.Length ? (footer, start) : null;
    }

    // The text stands in the footer as it is, after everything else that could hold text.
    private static ResultStamp? TryReadStamp(ReadOnlySpan<byte> footer)
    {
        var start = footer.LastIndexOf("{\"generator\":\""u8);
        if (start < 0)
        {
            return null;
        }

        try
        {
            var json = new Utf8JsonReader(footer[start..], isFinalBlock: false, state: default);
            if (!JsonDocument.TryParseValue(ref json, out var document))
            {
                return null;
            }

            using (document)
            {
                return ResultStamp.TryRead(document.RootElement);
            }
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string DigestOf(Stream stream, long length)
    {
        var hash = new XxHash128();
        var buffer = new byte[1 << 16];
        stream.Position = 0;
        for (var left = length; left > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
            {
                break;
            }

            hash.Append(buffer.AsSpan(0, read));
            left -= read;
        }

        return HashedEnd.Digest(hash);
    }
}
