using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MaskGen.ML.Files;

/// <summary>A file of which only the first writer counts: it gets its name when it is complete and on the disk, and never replaces another
/// file of that name.</summary>
/// <remarks>The sibling of <see cref="AtomicFile"/>, which replaces. The name is given by <c>link(2)</c>, which fails where there is one.
/// <c>File.Move(overwrite: false)</c> would not do on Unix: it looks first and renames then, so that both of two writers may succeed and
/// one file is lost. Windows moves without replacing in one step. Not safe for concurrent use.</remarks>
internal sealed partial class PublishedFile : IDisposable
{
    // EEXIST, of Linux and macOS.
    private const int Exists = 17;

    private readonly string _path;
    private readonly FileStream _file;
    private bool _isOpen = true;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The name to get; its folder must exist.</param>
    /// <param name="folder">Where it is until then: a folder of the same file system.</param>
    /// <exception cref="IOException">It cannot be written; the message names <paramref name="path"/> and the cause.</exception>
    public PublishedFile(string path, string folder)
    {
        _path = path;
        try
        {
            _file = UnfinishedFiles.OfThisProcess.Create(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WriteErrors.Name(e, path);
        }

        Stream = new NamedErrorStream(_file, e => WriteErrors.Name(e, _path));
    }

    /// <summary>Where the content goes. Its errors name the file by the name that it is to get.</summary>
    public Stream Stream { get; }

    /// <summary>Gives a complete file a second name, unless there is such a name.</summary>
    /// <param name="source">The file.</param>
    /// <param name="path">The name.</param>
    /// <returns>False where the name is taken by another file.</returns>
    /// <exception cref="IOException">The file system refuses for another reason: it has no hard links, say.</exception>
    public static bool TryName(string source, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(source, path, overwrite: false);
                return true;
            }
            catch (IOException) when (File.Exists(path) && File.Exists(source))
            {
                return false;
            }
        }

        if (Link(source, path) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error == Exists)
        {
            // On NFS an answer may get lost and the call be made again, which then finds our own link.
            return FileStatus.OfName(source) is { LinkCount: > 1 } ours && FileStatus.OfName(path)?.Identity == ours.Identity;
        }

        throw new IOException(
            $"{path}: cannot be written: a name that replaces no other file (a hard link) cannot be given here: "
            + $"{Marshal.GetPInvokeErrorMessage(error)}.") { HResult = error };
    }

    /// <summary>Brings the content to the disk, then gives the file its name, unless another has it.</summary>
    /// <returns>Whether the name is this file's; if not, what has the name is untouched, and this file is gone.</returns>
    /// <exception cref="IOException">It cannot be written; then there is no file of the name, or another's.</exception>
    public bool TryPublish()
    {
        bool isFirst;
        try
        {
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            isFirst = TryName(_file.Name, _path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            throw e.Message.StartsWith(_path, StringComparison.Ordinal) ? (IOException)e : WriteErrors.Name(e, _path);
        }

        if (isFirst)
        {
            FolderFlush.Flush(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        }

        // Its first name goes; on Windows it has none any more.
        Dispose();
        return isFirst;
    }

    /// <summary>Brings the content to the disk, then gives the file its name, whatever has it: for what is no result.</summary>
    /// <exception cref="IOException">It cannot be written; an older file of the name is still there.</exception>
    public void Replace()
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
        UnfinishedFiles.OfThisProcess.Forget(_file);
        FolderFlush.Flush(Path.GetDirectoryName(Path.GetFullPath(_path))!);
    }

    /// <summary>Finds out whether a folder lets a name be given once and no more.</summary>
    /// <param name="folder">The folder; what is written there is deleted again.</param>
    /// <returns>Null if so; otherwise what it does.</returns>
    /// <exception cref="IOException">Nothing can be written there.</exception>
    public static string? Probe(string folder)
    {
        var path = Path.Combine(folder, $".mg-probe-{RandomNumberGenerator.GetHexString(16, lowercase: true)}");
        try
        {
            using (var first = new PublishedFile(path, folder))
            {
                first.Stream.Write("first"u8);
                if (!first.TryPublish())
                {
                    return "it says of a new name that it is taken";
                }
            }

            using var second = new PublishedFile(path, folder);
            second.Stream.Write("second"u8);
            return second.TryPublish() || File.ReadAllText(path) != "first" ? "it lets a second file replace the first of a name" : null;
        }
        catch (IOException e) when (IsWithoutHardLinks(e.HResult))
        {
            return "it has no hard links";
        }
        finally
        {
            File.Delete(path);
        }
    }

    // EPERM, ENOSYS, and what the two systems call EOPNOTSUPP and ENOTSUP: as file systems refuse link(2) that know none (FAT, SMB).
    private static bool IsWithoutHardLinks(int error) => !OperatingSystem.IsWindows()
        && (error == 1 || (OperatingSystem.IsMacOS() ? error is 45 or 78 or 102 : error is 38 or 95));

    public void Dispose()
    {
        if (_isOpen)
        {
            _isOpen = false;
            UnfinishedFiles.OfThisProcess.Delete(_file);
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(string source, string path);
}
