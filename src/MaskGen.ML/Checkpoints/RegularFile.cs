namespace MaskGen.ML.Checkpoints;

/// <summary>Opens files that a user has named, and those beside them, and rejects what is not a regular file: opening a pipe, for one,
/// blocks until another process writes into it.</summary>
internal static class RegularFile
{
    /// <summary>Whether an optional file is there.</summary>
    /// <exception cref="IOException">A link leads nowhere, or a folder has the name: then it is not left out on purpose.</exception>
    public static bool Exists(string path)
    {
        if (!File.Exists(path))
        {
            return Directory.Exists(path) ? throw new IOException($"{path}: expected a file, found a folder.") : false;
        }

        // A link counts as existing wherever it leads.
        return Target(path).Exists ? true : throw new FileNotFoundException(
            $"{path}: expected a file, found a link to {new FileInfo(path).LinkTarget}, where there is none.", path);
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="CheckpointFormatException">It is empty, or no file but a pipe, a socket or a device.</exception>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static FileStream OpenRead(string path) => Open(
        path, name => new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete));

    /// <summary>Opens a file some way or other, with the same exceptions.</summary>
    /// <param name="path">The file.</param>
    /// <param name="open">Opens it.</param>
    public static T Open<T>(string path, Func<string, T> open) => Attempt(path, () =>
    {
        if (!Exists(path))
        {
            throw new FileNotFoundException($"{path}: file not found.", path);
        }

        // Pipes, sockets and devices have no length, and their kind cannot be told in any other way on all systems.
        return Target(path).Length > 0
            ? open(path)
            : throw new CheckpointFormatException(path, "expected a file with content, found an empty file, a pipe or a device.");
    });

    /// <summary>Does something with files, so that whatever the system refuses becomes an <see cref="IOException"/> that names the
    /// path.</summary>
    public static T Attempt<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or System.Security.SecurityException or NotSupportedException)
        {
            throw new IOException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    // A link has the length of its own text, so the file that it leads to is asked.
    private static FileInfo Target(string path) => new(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
}
