using System.IO.Enumeration;
using MaskGen.ML.Files;

namespace MaskGen.ML.Runs;

/// <summary>Finds images and archives in a folder. Links to folders are not followed, as they may lead back; links to files are.</summary>
/// <param name="pattern">What is meant, below the folder.</param>
/// <param name="leftOut">Full path of a folder that is passed over: that of the run.</param>
internal sealed class FolderImages(PathPattern pattern, string leftOut)
{
    /// <summary>Whether there were folders that the pattern does not lead into.</summary>
    public bool HasOtherFolders { get; private set; }

    /// <summary>The files: their path below the folder, with slashes, their length and the time of their last change.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public IEnumerable<(string Name, long Size, DateTime Modified)> Search(string folder, CancellationToken cancellationToken)
    {
        var folders = new Stack<(string Path, string Prefix, IReadOnlySet<int> Position)>([(folder, string.Empty, pattern.Start)]);
        while (folders.TryPop(out var next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var entry in Entries(next.Path))
            {
                if (entry.IsFolder)
                {
                    var isSearched = ImageNames.IsSearched(entry.Name) || pattern.Names(next.Position, entry.Name);
                    if (entry.IsLink || !isSearched || entry.Path == leftOut)
                    {
                        continue;
                    }

                    if (pattern.Enter(next.Position, entry.Name) is { Count: > 0 } position)
                    {
                        folders.Push((entry.Path, $"{next.Prefix}{entry.Name}/", position));
                    }
                    else
                    {
                        HasOtherFolders = true;
                    }
                }
                else if (pattern.Fits(next.Position, entry.Name)
                    && Describe(entry) is var (size, modified) && !ImageNames.IsOwnResult(entry.Path))
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
