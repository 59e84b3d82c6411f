using System.IO.Enumeration;
using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>Searches a folder for images.</summary>
/// <param name="pattern">What is meant, below the folder.</param>
/// <param name="passedOver">Receives what is passed over.</param>
/// <param name="resultFolder">Identity of the folder of the results; null where there is none.</param>
/// <remarks>Links to folders below the given one are not followed: they may lead back. Links to files are.</remarks>
internal sealed class ImageFolder(PathPattern pattern, PassedOverFiles passedOver, FileIdentity? resultFolder)
{
    private readonly List<InputFile> _images = [];

    /// <summary>Folders that could not be read, with the reason, by their path below the given one.</summary>
    public List<(string Name, string Reason)> Unreadable { get; } = [];

    /// <summary>Whether there are folders in the given one that the pattern does not lead into.</summary>
    public bool HasOtherFolders { get; private set; }

    /// <summary>The images: those of a folder by name, then those of its sub-folders by name.</summary>
    /// <param name="folder">The folder, as it was typed; empty for the current one.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be read.</exception>
    public IReadOnlyList<InputFile> Search(string folder)
    {
        if (Directory.Exists(folder.Length == 0 ? "." : folder))
        {
            Search(folder, string.Empty, pattern.Start);
        }

        return _images;
    }

    private void Search(string folder, string prefix, IReadOnlySet<int> position)
    {
        var entries = Entries(folder.Length == 0 ? "." : folder);
        foreach (var entry in entries.Where(entry => !entry.IsFolder && pattern.Fits(position, entry.Name)))
        {
            var (path, name) = (Path.Combine(folder, entry.Name), prefix + entry.Name);
            var role = ImageFiles.RoleOf(path, entry.IsHidden);
            if (role == ImageFileRole.Image)
            {
                _images.Add(new InputFile(path, name));
            }
            else
            {
                passedOver.Add(name, role);
            }
        }

        foreach (var entry in entries.Where(entry => entry.IsFolder))
        {
            if (pattern.Enter(position, entry.Name) is not { Count: > 0 } next)
            {
                HasOtherFolders |= !entry.IsHidden;
                continue;
            }

            var (path, name) = (Path.Combine(folder, entry.Name), prefix + entry.Name);
            var role = RoleOf(path, entry, isNamed: pattern.Names(position, entry.Name));
            if (role != FolderRole.Searched)
            {
                passedOver.Add(name, role);
                continue;
            }

            try
            {
                Search(path, name + "/", next);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Unreadable.Add((name, e.Message));
            }
        }
    }

    private FolderRole RoleOf(string path, Entry entry, bool isNamed) =>
        entry.MayBeLink && new DirectoryInfo(path).LinkTarget is not null ? FolderRole.Link
        : !isNamed && (entry.IsHidden || ImageFileNames.IsSystemFolder(entry.Name)) ? FolderRole.Hidden
        : resultFolder is not null && FileStatus.OfTarget(path)?.Identity == resultFolder ? FolderRole.Results
        : FolderRole.Searched;

    private static List<Entry> Entries(string folder)
    {
        var found = new FileSystemEnumerable<Entry>(
            folder,
            (ref FileSystemEntry entry) => new Entry(
                entry.FileName.ToString(),
                entry.IsDirectory,
                (entry.Attributes & FileAttributes.ReparsePoint) != 0,
                entry.IsHidden),
            new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });
        var entries = found.ToList();
        entries.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return entries;
    }

    private readonly record struct Entry(string Name, bool IsFolder, bool MayBeLink, bool IsHidden);
}
