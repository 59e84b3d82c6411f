namespace MaskGen.ML.Results;

/// <summary>Writes to streams that must not be written to synchronously, such as the body of an ASP.NET response.</summary>
internal static class BufferedOutput
{
    private const int PartBytes = 1 << 16;

    /// <summary>Writes into memory, then from there into the stream.</summary>
    /// <param name="stream">Where to; stays open, and is written to asynchronously only.</param>
    /// <param name="write">Writes all content; called on the calling thread. Its exceptions arrive through the task.</param>
    /// <param name="cancellationToken">Stops before the content is made, and between its parts.</param>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static async Task WriteAsync(Stream stream, Action<Stream> write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var buffer = new MemoryStream();
        write(buffer);
        var content = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        for (var start = 0; start < content.Length; start += PartBytes)
        {
            var part = content.Slice(start, Math.Min(PartBytes, content.Length - start));
            await stream.WriteAsync(part, cancellationToken).ConfigureAwait(false);
        }
    }
}
