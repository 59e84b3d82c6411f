namespace MaskGen.ML.Web;

/// <summary>An image that is served.</summary>
/// <remarks>The file is confined to the folder that is left of <see cref="Path"/> without <see cref="Name"/>: links that lead out of it are
/// not followed. Immutable and safe to share between threads.</remarks>
public sealed class MaskGenWebImage
{
    /// <summary>Names an image.</summary>
    /// <param name="path">The file; it need not exist yet.</param>
    /// <param name="name">What it and its results are called: a path with slashes, such as <c>holiday/cat.jpg</c>, that
    /// <paramref name="path"/> ends with.</param>
    /// <exception cref="ArgumentException">An argument is null or empty, or the path does not end with the name.</exception>
    public MaskGenWebImage(string path, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(name);
        (Path, Name) = (System.IO.Path.GetFullPath(path), name);
        if (!("/" + Path.Replace('\\', '/')).EndsWith("/" + name, StringComparison.Ordinal))
        {
            throw new ArgumentException($"Expected a name that the path '{path}' ends with, found '{name}'.", nameof(name));
        }
    }

    /// <summary>The file, as a full path.</summary>
    public string Path { get; }

    /// <summary>What it and its results are called.</summary>
    public string Name { get; }
}
