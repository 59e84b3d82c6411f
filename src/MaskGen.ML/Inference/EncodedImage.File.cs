using MaskGen.ML.Checkpoints;
using MaskGen.ML.Files;
using MaskGen.ML.Inference;

namespace MaskGen.ML;

/// <content>Keeps an embedding in a file.</content>
public sealed partial class EncodedImage
{
    private const string StreamName = "stream";
    private const int FileBuffer = 1 << 16;

    /// <summary>Writes the embedding to a file, whole or not at all; an older file of the name is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it and the cause.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, Save);
    }

    /// <summary>Writes the embedding to a stream.</summary>
    /// <param name="stream">Receives the bytes of a file; stays open.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <remarks>Exceptions of the stream itself are not wrapped.</remarks>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);

        // Nothing in it waits: every write is done when it returns.
        EncodedImageFile.WriteAsync(this, Write, CancellationToken.None).GetAwaiter().GetResult();

        ValueTask Write(ReadOnlyMemory<byte> bytes)
        {
            stream.Write(bytes.Span);
            return default;
        }
    }

    /// <summary>Writes the embedding to a file without blocking, whole or not at all; an older file of the name is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="cancellationToken">Ends the work early; the older file, if any, then stays.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty; thrown by the call itself.</exception>
    /// <exception cref="IOException">The file cannot be written; the message names it and the cause.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public Task SaveAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);

        // On the thread pool as a whole: bringing a file to the disk has no asynchronous form.
        return Task.Run(
            () =>
            {
                using var file = new AtomicFile(path);
                EncodedImageFile.WriteAsync(this, Write, cancellationToken).GetAwaiter().GetResult();
                file.Complete();

                ValueTask Write(ReadOnlyMemory<byte> bytes)
                {
                    file.Stream.Write(bytes.Span);
                    return default;
                }
            },
            cancellationToken);
    }

    /// <summary>Writes the embedding to a stream by asynchronous writes alone, as the body of a web response wants it.</summary>
    /// <param name="stream">Receives the bytes of a file; stays open.</param>
    /// <param name="cancellationToken">Ends the work early; also given to the stream.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null; thrown by the call itself.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <remarks>Exceptions of the stream itself are not wrapped.</remarks>
    public Task SaveAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return EncodedImageFile.WriteAsync(this, bytes => stream.WriteAsync(bytes, cancellationToken), cancellationToken);
    }

    /// <summary>Reads an embedding that was saved.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The embedding, with the values that were saved; those that are NaN or infinite are refused by a decoder.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no embedding, is damaged or cut off, or was written by a later version; the
    /// message says what was expected and found.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static EncodedImage Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = Open(path, FileOptions.SequentialScan);
        return EncodedImageFile.ReadAsync(Reader(file), path, toTheEnd: true, CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>Reads an embedding that was saved from a stream.</summary>
    /// <param name="stream">The bytes from the current position on, as far as they belong to the embedding; stays open.</param>
    /// <returns>The embedding, with the values that were saved; those that are NaN or infinite are refused by a decoder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null.</exception>
    /// <exception cref="InvalidDataException">The bytes are no embedding, are damaged or cut off, or were written by a later
    /// version.</exception>
    /// <remarks>Exceptions of the stream itself are not wrapped. Memory is taken as bytes come, up to 1 GiB.</remarks>
    public static EncodedImage Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return EncodedImageFile.ReadAsync(Reader(stream), StreamName, toTheEnd: false, CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>Reads an embedding that was saved, without blocking; otherwise as <see cref="Load(string)"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty; thrown by the call itself, all others by the
    /// task.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no embedding, is damaged or cut off, or was written by a later
    /// version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static Task<EncodedImage> LoadAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return RunAsync();

        async Task<EncodedImage> RunAsync()
        {
            var file = Open(path, FileOptions.SequentialScan | FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
            {
                return await EncodedImageFile
                    .ReadAsync(bytes => file.ReadAsync(bytes, cancellationToken), path, toTheEnd: true, cancellationToken)
                    .ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads an embedding by asynchronous reads alone; otherwise as <see cref="Load(Stream)"/>.</summary>
    /// <param name="stream">The bytes from the current position on, as far as they belong to the embedding; stays open.</param>
    /// <param name="cancellationToken">Ends the work early; also given to the stream.</param>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> is null; thrown by the call itself.</exception>
    /// <exception cref="InvalidDataException">The bytes are no embedding, are damaged or cut off, or were written by a later
    /// version.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static Task<EncodedImage> LoadAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return EncodedImageFile.ReadAsync(
            bytes => stream.ReadAsync(bytes, cancellationToken), StreamName, toTheEnd: false, cancellationToken);
    }

    private static Func<Memory<byte>, ValueTask<int>> Reader(Stream stream) => bytes => new ValueTask<int>(stream.Read(bytes.Span));

    private static FileStream Open(string path, FileOptions options)
    {
        try
        {
            return RegularFile.Open(
                path, name => new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileBuffer, options));
        }
        catch (CheckpointFormatException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }
}
