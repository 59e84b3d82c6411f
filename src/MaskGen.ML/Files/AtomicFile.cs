using System.Runtime.ExceptionServices;

namespace MaskGen.ML.Files;

/// <summary>A file that is whole or not there: it has another name until it is complete and on the disk, and is gone if it never
/// is.</summary>
/// <remarks>On failure nothing is left, and an older file of the name stays. Where the name is a symbolic link, the link is replaced and
/// its target stays as it is. Not safe for concurrent use.</remarks>
internal sealed class AtomicFile : IDisposable
{
    private const int FlushesAtOnce = 8;

    private readonly string _path;
    private readonly UnfinishedFiles _unfinishedFiles;
    private readonly FileStream _file;
    private bool _isOpen = true;

    /// <summary>Begins a file.</summary>
    /// <param name="path">Its name once it is complete; its folder must exist.</param>
    /// <param name="unfinishedFiles">Knows the files that have no name yet; null for those of this process.</param>
    /// <exception cref="IOException">It cannot be written; the message names <paramref name="path"/> and the cause.</exception>
    public AtomicFile(string path, UnfinishedFiles? unfinishedFiles = null)
    {
        _path = path;
        _unfinishedFiles = unfinishedFiles ?? UnfinishedFiles.OfThisProcess;
        try
        {
            _file = _unfinishedFiles.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteErrors.Name(e, path);
        }

        Stream = new NamedErrorStream(_file, e => WriteErrors.Name(e, _path));
    }

    /// <summary>Where the content goes. Its errors name the file by the name that the caller knows, and the cause.</summary>
    public Stream Stream { get; }

    /// <summary>Deletes what this process has begun to write and not completed. Thread-safe; for a process that ends at once: files that
    /// are still being written fail afterwards.</summary>
    public static void DeleteUnfinished() => UnfinishedFiles.OfThisProcess.DeleteAll();

    /// <summary>Writes a file at once.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the content. Its exceptions pass as they are.</param>
    /// <exception cref="IOException">It cannot be written; the message names <paramref name="path"/> and the cause.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new AtomicFile(path);
        write(file.Stream);
        file.Complete();
    }

    /// <summary>Completes several files of one folder, which takes little longer than one: the disk brings in together what is asked for
    /// at the same time.</summary>
    /// <exception cref="IOException">One of them cannot be written; others may be complete.</exception>
    public static void CompleteAll(IReadOnlyCollection<AtomicFile> files)
    {
        try
        {
            Parallel.ForEach(
                files, new ParallelOptions { MaxDegreeOfParallelism = FlushesAtOnce }, file => file.Complete(flushFolder: false));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        if (files.FirstOrDefault() is { } any)
        {
            FolderFlush.Flush(Path.GetDirectoryName(any._file.Name)!);
        }
    }

    /// <summary>Brings the content to the disk, then gives the file its name: after a power cut it is whole or the older one.</summary>
    /// <exception cref="IOException">The rest of it cannot be written.</exception>
    public void Complete() => Complete(flushFolder: true);

    public void Dispose()
    {
        if (_isOpen)
        {
            _isOpen = false;
            _unfinishedFiles.Delete(_file);
        }
    }

    private void Complete(bool flushFolder)
    {
        try
        {
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            File.Move(_file.Name, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            throw WriteErrors.Name(e, _path);
        }

        _isOpen = false;
        _unfinishedFiles.Forget(_file);
        if (flushFolder)
        {
            FolderFlush.Flush(Path.GetDirectoryName(_file.Name)!);
        }
    }
}
