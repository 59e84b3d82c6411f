using System.Text;
using System.Text.Json;

namespace MaskGen.ML.Results;

/// <summary>A form of text files that have their stamp, a JSON object, right after a fixed beginning, and the hash of everything before it
/// as their end.</summary>
/// <param name="start">What every file of the form begins with.</param>
/// <param name="check">Compares a file with its end.</param>
internal sealed class StampedText(string start, Func<Stream, HashedEndState> check)
{
    private const int HeadBytes = 1 << 16;

    private readonly byte[] _start = Encoding.UTF8.GetBytes(start);

    /// <summary>Finds out who wrote a file.</summary>
    /// <param name="stream">The file from its beginning; can seek.</param>
    /// <param name="isThorough">Whether to read all of it, which finds out that somebody has changed it.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public ResultFileState Inspect(Stream stream, bool isThorough)
    {
        var head = new byte[HeadBytes];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var isAll = length < head.Length;
        var found = head.AsSpan(0, length);
        if (!found.StartsWith(_start))
        {
            return isAll && _start.AsSpan().StartsWith(found) ? ResultFileState.Blank : ResultFileState.Foreign;
        }

        try
        {
            var json = new Utf8JsonReader(found[_start.Length..], isFinalBlock: false, state: default);
            if (!JsonDocument.TryParseValue(ref json, out var document))
            {
                return isAll ? ResultFileState.Blank : ResultFileState.Foreign;
            }

            using (document)
            {
                return ResultStamp.TryRead(document.RootElement) is { } stamp && !(isThorough && IsChanged(stream))
                    ? ResultFileState.Ours(stamp)
                    : ResultFileState.Foreign;
            }
        }
        catch (JsonException)
        {
            return ResultFileState.Foreign;
        }
    }

    /// <summary>Reads the stamp of a whole file.</summary>
    /// <returns>Null unless the file is whole and as it was written.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public ResultStamp? ReadWhole(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var stamp = Inspect(stream, isThorough: false).Stamp;
        stream.Position = 0;
        return stamp is not null && check(stream) == HashedEndState.Whole ? stamp : null;
    }

    private bool IsChanged(Stream stream)
    {
        stream.Position = 0;
        return check(stream) == HashedEndState.Changed;
    }
}
