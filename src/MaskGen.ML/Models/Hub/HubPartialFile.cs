using MaskGen.ML.Files;

namespace MaskGen.ML.Models;

/// <summary>The unfinished file of a blob, open for writing at its end.</summary>
/// <remarks>A cache may be shared, and whoever may write in it could put a link of this name there to have somebody else's file written to.
/// So an existing file is continued only where it is a regular file of this user with one name, which is checked on the open file; anything
/// else is removed (the name, not what it leads to), and the new file is created as one that did not exist. Held open as long as the
/// download lasts, under the blob's lock.</remarks>
internal sealed class HubPartialFile : IAsyncDisposable
{
    private readonly string _path;
    private readonly FileStream _file;
    private readonly Stream _output;

    private HubPartialFile(string path, FileStream file, Func<Stream, Stream> wrap)
    {
        _path = path;
        _file = file;
        _output = wrap(file);
    }

    /// <summary>Bytes written so far, those of an earlier process included.</summary>
    public long Length => _file.Length;

    /// <summary>Opens the file of a path.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="resume">Whether to keep what an earlier process has written.</param>
    /// <param name="wrap">Wraps the stream that is written to.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static HubPartialFile Open(string path, bool resume, Func<Stream, Stream> wrap)
    {
        if (resume && TryContinue(path) is { } existing)
        {
            existing.Seek(0, SeekOrigin.End);
            return new HubPartialFile(path, existing, wrap);
        }

        File.Delete(path);
        return new HubPartialFile(path, OpenFile(path, FileMode.CreateNew), wrap);
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        _output.WriteAsync(bytes, cancellationToken);

    /// <summary>Forgets what was written.</summary>
    public void Clear() => _file.SetLength(0);

    /// <summary>A hash of what was written, in lower-case hexadecimal.</summary>
    public Task<string> HashAsync(HubHash hash, CancellationToken cancellationToken)
    {
        _file.Position = 0;
        return hash.ComputeAsync(_file, cancellationToken);
    }

    /// <summary>Gives the file its final name, with its content on the disk before.</summary>
    public async Task CompleteAsync(string path)
    {
        _file.Flush(flushToDisk: true);
        await DisposeAsync().ConfigureAwait(false);
        File.Move(_path, path, overwrite: true);
    }

    /// <summary>Removes the file.</summary>
    public async Task DeleteAsync()
    {
        await DisposeAsync().ConfigureAwait(false);
        File.Delete(_path);
    }

    public async ValueTask DisposeAsync()
    {
        await _output.DisposeAsync().ConfigureAwait(false);
        await _file.DisposeAsync().ConfigureAwait(false);
    }

    private static FileStream? TryContinue(string path)
    {
        if (FileStatus.OfName(path) is not { IsRegular: true, IsOwn: true, LinkCount: 1 } expected)
        {
            return null;
        }

        var file = OpenFile(path, FileMode.Open);

        // The name may lead to something else by now.
        if (FileStatus.OfHandle(file.SafeFileHandle) == expected)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    private static FileStream OpenFile(string path, FileMode mode) =>
        new(path, mode, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1, FileOptions.Asynchronous);
}
