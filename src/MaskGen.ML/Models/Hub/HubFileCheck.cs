using System.Buffers.Binary;
using System.Text.Json;
using MaskGen.ML.Files;

namespace MaskGen.ML.Models;

/// <summary>Notices without a network that a file of the cache is not whole.</summary>
/// <remarks>The name of a blob is a hash; the length is nowhere. So of weights the end is looked at, which costs nothing beside loading
/// them: safetensors say how long they are, zip archives (.pt) end with their directory. Anything else is hashed where it is small. A
/// length that the hub has told and, where asked for, the hash are compared in <see cref="HubFileDownload"/>.</remarks>
internal static class HubFileCheck
{
    // Larger files are never in the git part of a repository, and take more than some hundredths of a second.
    private const long LargestHashed = 16 << 20;

    // A header of SAM 2 has some 100 KiB.
    private const int LargestHeader = 16 << 20;

    private const string Special = "expected a regular file, found a pipe, a socket or a device";

    private const int LargestZipComment = ushort.MaxValue;

    private static ReadOnlySpan<byte> ZipStart => "PK\u0003\u0004"u8;

    private static ReadOnlySpan<byte> ZipEnd => "PK\u0005\u0006"u8;

    /// <summary>Throws where opening a path might never end.</summary>
    /// <exception cref="IOException">It leads to a pipe, a socket or a device.</exception>
    public static void ThrowIfSpecial(string path)
    {
        if (FileStatus.OfTarget(path) is { IsSpecial: true })
        {
            throw new IOException(Special);
        }
    }

    /// <summary>What is wrong with a file, or null where nothing is seen.</summary>
    /// <param name="path">A file of a snapshot, or a blob.</param>
    public static string? FindDefect(string path)
    {
        try
        {
            var target = HubCache.Resolve(path);
            if (FileStatus.OfTarget(target) is { IsSpecial: true })
            {
                return Special;
            }

            var length = new FileInfo(target).Length;
            if (length == 0)
            {
                return "expected content, found an empty file";
            }

            var hash = HubHash.Of(HubCache.ETagOf(target));
            if (hash is not { IsGit: true } && FindCut(target, out var defect))
            {
                return defect;
            }

            return hash is not null && length <= LargestHashed ? hash.Compare(hash.Compute(File.ReadAllBytes(target))) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return HubDefect.Unreadable(e);
        }
    }

    // Whether the content is of a kind that says where it ends; then also what is wrong with the end.
    private static bool FindCut(string path, out string? defect)
    {
        defect = null;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        Span<byte> start = stackalloc byte[9];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length)
        {
            return false;
        }

        if (start.StartsWith(ZipStart))
        {
            defect = HasZipEnd(stream)
                ? null
                : $"expected an archive with its directory at the end, found {HubText.Bytes(stream.Length)} without one";
            return true;
        }

        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (headerLength is < 2 or > LargestHeader || start[8] != '{')
        {
            return false;
        }

        defect = FindCut(stream, (int)headerLength);
        return true;
    }

    private static string? FindCut(FileStream stream, int headerLength)
    {
        var dataStart = sizeof(ulong) + (long)headerLength;
        if (stream.Length < dataStart)
        {
            return $"expected more than {HubText.Bytes(dataStart)}, as its header says, found {HubText.Bytes(stream.Length)}";
        }

        var header = new byte[headerLength];
        stream.Position = sizeof(ulong);
        stream.ReadExactly(header);
        return DataLength(header) is { } data && dataStart + data != stream.Length
            ? $"expected {HubText.Bytes(dataStart + data)}, as its header says, found {HubText.Bytes(stream.Length)}"
            : null;
    }

    // Where the last tensor ends; null where the header is none, which whoever reads it will say better.
    private static long? DataLength(byte[] header)
    {
        try
        {
            using var document = JsonDocument.Parse(header);
            return document.RootElement.EnumerateObject()
                .Where(tensor => tensor.Value.ValueKind == JsonValueKind.Object && tensor.Value.TryGetProperty("data_offsets", out _))
                .Select(tensor => tensor.Value.GetProperty("data_offsets")[1].GetInt64())
                .Where(end => end is >= 0 and < long.MaxValue / 2)
                .DefaultIfEmpty(0)
                .Max();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static bool HasZipEnd(FileStream stream)
    {
        const int RecordLength = 22;
        const int CommentLengthOffset = 20;
        var tail = new byte[Math.Min(stream.Length, RecordLength + LargestZipComment)];
        stream.Position = stream.Length - tail.Length;
        stream.ReadExactly(tail);
        for (var i = tail.Length - RecordLength; i >= 0; i--)
        {
            var record = tail.AsSpan(i);
            if (record.StartsWith(ZipEnd)
                && BinaryPrimitives.ReadUInt16LittleEndian(record[CommentLengthOffset..]) == record.Length - RecordLength)
            {
                return true;
            }
        }

        return false;
    }
}
