using System.IO.Enumeration;

namespace MaskGen.ML.Runs;

/// <summary>Finds images and archives in a folder. Links to folders are not followed, as they may lead back; links to files are.</summary>
/// <param name="isRecursive">Whether folders below are searched too.</param>
/// <param name="leftOut">Full path of a folder that is passed over: that of the run.</param>
internal sealed class FolderImages(bool isRecursive, string leftOut)
{
    /// <summary>Whether there were folders that were not searched.</summary>
    public bool HasOtherFolders { get; private set; }

    /// <summary>The files: their path below the folder, with slashes, their length and the time of their last change.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public IEnumerable<(string Name, long Size, DateTime Modified)> Search(string folder, CancellationToken cancellationToken)
    {
        var folders = new Stack<(string Path, string Prefix)>([(folder, string.Empty)]);
        while (folders.TryPop(out var next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var entry in Entries(next.Path))
            {
                if (entry.IsFolder)
                {
                    if (entry.IsLink || !ImageNames.IsSearched(entry.Name) || entry.Path == leftOut)
                    {
                        continue;
                    }

                    if (isRecursive)
                    {
                        folders.Push((entry.Path, $"{next.Prefix}{entry.Name}/"));
                    }
                    else
                    {
                        HasOtherFolders = true;
                    }
                }
                else if (Describe(entry) is var (size, modified) && !ImageNames.IsOwnResult(entry.Path))
                {
                    yield return (next.Prefix + entry.Name, size, modified);
                }
            }
        }
    }

    private static IEnumerable<Entry> Entries(string folder) => new FileSystemEnumerable<Entry>(
        folder,
        (ref FileSystemEntry entry) => new Entry(
            entry.ToFullPath(),
            entry.FileName.ToString(),
            entry.IsDirectory,
            entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
            entry.IsDirectory ? 0 : entry.Length,
            entry.LastWriteTimeUtc.UtcDateTime),
        new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = FileAttributes.System })
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) =>
            entry.IsDirectory || (entry.FileName.ToString() is var name && (ImageNames.IsImage(name) || ImageNames.IsArchive(name))),
    };

    // Of a link its own length says nothing.
    private static (long Size, DateTime Modified)? Describe(Entry entry)
    {
        if (!entry.IsLink)
        {
            return (entry.Size, entry.Modified);
        }

        return File.ResolveLinkTarget(entry.Path, returnFinalTarget: true) is FileInfo { Exists: true } target
            ? (target.Length, target.LastWriteTimeUtc)
            : null;
    }

    private sealed record Entry(string Path, string Name, bool IsFolder, bool IsLink, long Size, DateTime Modified);
}
