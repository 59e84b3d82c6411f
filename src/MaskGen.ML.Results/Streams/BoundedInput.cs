namespace MaskGen.ML.Results;

/// <summary>Reads all of a stream up to a limit, so that one without an end does not fill the memory.</summary>
internal static class BoundedInput
{
    private const int PartBytes = 1 << 16;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumBytes">The limit.</param>
    /// <exception cref="InvalidDataException">The file is longer.</exception>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ReadOnlyMemory<byte> ReadFile(string path, int maximumBytes)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Read(stream, maximumBytes, path);
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">From its current position; stays open.</param>
    /// <param name="maximumBytes">The limit.</param>
    /// <param name="source">Name of the stream, for messages.</param>
    /// <exception cref="InvalidDataException">There is more.</exception>
    public static ReadOnlyMemory<byte> Read(Stream stream, int maximumBytes, string source)
    {
        var content = Begin(stream, maximumBytes, source);
        var part = new byte[PartBytes];
        while (stream.Read(part) is var read and > 0)
        {
            Add(content, part.AsSpan(0, read), maximumBytes, source);
        }

        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }

    /// <inheritdoc cref="Read"/>
    /// <param name="stream">From its current position; stays open, and is read asynchronously only.</param>
    /// <param name="maximumBytes">The limit.</param>
    /// <param name="source">Name of the stream, for messages.</param>
    /// <param name="cancellationToken">Stops between two reads.</param>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        Stream stream, int maximumBytes, string source, CancellationToken cancellationToken)
    {
        var content = Begin(stream, maximumBytes, source);
        var part = new byte[PartBytes];
        while (await stream.ReadAsync(part, cancellationToken).ConfigureAwait(false) is var read and > 0)
        {
            Add(content, part.AsSpan(0, read), maximumBytes, source);
        }

        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }

    // Of a file the size is known, which spares growing.
    private static MemoryStream Begin(Stream stream, int maximumBytes, string source)
    {
        if (!stream.CanSeek)
        {
            return new MemoryStream();
        }

        var length = Math.Max(0, stream.Length - stream.Position);
        return length <= maximumBytes ? new MemoryStream((int)length) : throw TooLong(source, maximumBytes, $"{length}");
    }

    private static void Add(MemoryStream content, ReadOnlySpan<byte> part, int maximumBytes, string source)
    {
        if (part.Length > maximumBytes - content.Length)
        {
            throw TooLong(source, maximumBytes, "more");
        }

        content.Write(part);
    }

    private static InvalidDataException TooLong(string source, int maximumBytes, string found) =>
        new($"{source}: expected at most {maximumBytes} bytes of JSON, found {found}.");
}
