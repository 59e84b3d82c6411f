using System.Collections.Concurrent;

namespace MaskGen.ML.Files;

/// <summary>A file that is whole or not there: it has another name until it is complete, and is gone if it never is.</summary>
/// <remarks>On failure nothing is left, and an older file of the name stays. Not safe for concurrent use.</remarks>
internal sealed class AtomicFile : IDisposable
{
    private static readonly ConcurrentDictionary<string, byte> Unfinished = new();
    private readonly string _path;
    private readonly string _unfinished;

    /// <summary>Begins a file.</summary>
    /// <param name="path">What it will be called; its folder must exist.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public AtomicFile(string path)
    {
        _path = path;
        _unfinished = $"{path}.{Guid.NewGuid():N}.tmp";
        Unfinished[Path.GetFullPath(_unfinished)] = 0;
        try
        {
            Stream = new FileStream(_unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unfinished.TryRemove(Path.GetFullPath(_unfinished), out _);
            throw Named(e);
        }
    }

    /// <summary>Where the content goes.</summary>
    public FileStream Stream { get; }

    /// <summary>Deletes what this process has begun to write and not completed, for a process that ends at once. Thread-safe.</summary>
    public static void DeleteUnfinished()
    {
        foreach (var path in Unfinished.Keys)
        {
            File.Delete(path);
        }
    }

    /// <summary>Writes a file at once.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new AtomicFile(path);
        try
        {
            write(file.Stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw file.Named(e);
        }

        file.Complete();
    }

    /// <summary>Gives the file its name.</summary>
    /// <exception cref="IOException">The rest of it cannot be written.</exception>
    public void Complete()
    {
        try
        {
            Stream.Dispose();
            File.Move(_unfinished, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Named(e);
        }
    }

    /// <summary>The error of writing this file, under the name that the caller knows.</summary>
    public IOException Named(Exception e) =>
        e is DirectoryNotFoundException missing ? missing : new IOException($"{_path}: cannot be written: {e.Message.Replace(_unfinished, _path, StringComparison.Ordinal)}", e);

    public void Dispose()
    {
        try
        {
            Stream.Dispose();
        }
        catch (IOException)
        {
            // What could not be written is not wanted any more.
        }

        File.Delete(_unfinished);
        Unfinished.TryRemove(Path.GetFullPath(_unfinished), out _);
    }
}
