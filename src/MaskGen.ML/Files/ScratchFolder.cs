namespace MaskGen.ML.Files;

/// <summary>A folder inside another, for a moment, to try what can be done there.</summary>
internal sealed class ScratchFolder : IDisposable
{
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made.</exception>
    public ScratchFolder(string parent)
    {
        // Or it would be made as well.
        if (!Directory.Exists(parent))
        {
            throw new DirectoryNotFoundException("The folder does not exist.");
        }

        Path = System.IO.Path.Combine(parent, UnfinishedFileName.Next());
        Directory.CreateDirectory(Path);
    }

    public string Path { get; }

    /// <summary>Makes an empty file.</summary>
    public void Add(string name) => File.Create(System.IO.Path.Combine(Path, name)).Dispose();

    public bool Contains(string name) => File.Exists(System.IO.Path.Combine(Path, name));

    public void Remove(string name) => File.Delete(System.IO.Path.Combine(Path, name));

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A later run will sweep it.
        }
    }
}
