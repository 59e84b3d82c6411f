namespace MaskGen.ML.Cli;

/// <summary>A file under another name until it is whole; gone if it never is. Not safe for concurrent use.</summary>
internal sealed class UnfinishedFile : IDisposable
{
    private readonly string _path;
    private readonly string _unfinished;

    public UnfinishedFile(string path)
    {
        _path = path;
        _unfinished = $"{path}.{Guid.NewGuid():N}.tmp";
        Stream = new FileStream(_unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None);
    }

    public FileStream Stream { get; }

    /// <summary>Writes a file that is whole at once.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new UnfinishedFile(path);
        write(file.Stream);
        file.Complete();
    }

    public void Complete()
    {
        Stream.Dispose();
        File.Move(_unfinished, _path, overwrite: true);
    }

    public void Dispose()
    {
        Stream.Dispose();
        File.Delete(_unfinished);
    }
}
