using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace MaskGen.ML.Files;

/// <summary>The files that a process has begun to write and not completed: their names say whose they are, and they stay locked as long as
/// they are written to.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class UnfinishedFiles
{
    private readonly ConcurrentDictionary<FileStream, SafeFileHandle> _files = new();

    public static UnfinishedFiles OfThisProcess { get; } = new();

    /// <summary>Begins a file in a folder, under a name that is hidden and short, whatever the file will be called.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written.</exception>
    public FileStream Create(string folder)
    {
        // On Unix .NET locks an unshared file with flock; a process that dies lets go of it.
        var path = Path.Combine(folder, UnfinishedFileName.Next());
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);

        // Now, since a stream flushes itself when it is asked for its handle, which only its own thread may let it do.
        _files[file] = file.SafeFileHandle;
        return file;
    }

    /// <summary>Takes a file out that has its name.</summary>
    public void Forget(FileStream file) => _files.TryRemove(file, out _);

    /// <summary>Closes and deletes a file that is not wanted any more.</summary>
    public void Delete(FileStream file)
    {
        Forget(file);
        try
        {
            file.Dispose();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // What could not be written is not wanted any more.
        }

        TryDelete(file.Name);
    }

    /// <summary>Deletes all of them, while other threads may write to them.</summary>
    public void DeleteAll()
    {
        foreach (var (file, handle) in _files)
        {
            // Windows deletes no open file. Unlike the stream, its handle may be closed from any thread.
            handle.Dispose();
            TryDelete(file.Name);
            Forget(file);
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is gone or read-only by now; the next run that can will sweep it.
        }
    }
}
