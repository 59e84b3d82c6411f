using MaskGen.ML.Files;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>Finds files below a folder by a pattern, whatever they are. Links to folders are not followed, hidden files and folders are
/// left out, and a folder that cannot be read does not keep the others from being found.</summary>
internal sealed class FileTree
{
    private const int FoldersNamed = 3;

    private readonly string _folder;
    private readonly PathPattern _pattern;
    private readonly List<RecordFile> _found = [];
    private readonly List<(string Name, string Reason)> _unreadable = [];

    private FileTree(string folder, PathPattern pattern)
    {
        (_folder, _pattern) = (folder, pattern);
    }

    /// <summary>The files: those of a folder by name, then those of its sub-folders by name.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="pattern">What is meant, below it.</param>
    /// <param name="fail">Receives a line about folders below it that cannot be read.</param>
    /// <exception cref="IOException">The folder itself cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder itself may not be read.</exception>
    public static List<RecordFile> Find(string folder, PathPattern pattern, Action<string> fail)
    {
        var tree = new FileTree(folder, pattern);
        tree.Search(folder, string.Empty, pattern.Start);
        if (tree._unreadable.Count > 0)
        {
            var some = tree._unreadable.Take(FoldersNamed).Select(one => $"{one.Name} ({one.Reason})");
            fail(
                $"{folder}: {tree._unreadable.Count} {(tree._unreadable.Count == 1 ? "folder" : "folders")} below it cannot be read, "
                + $"and what is in there is left out: {string.Join(", ", some)}"
                + $"{(tree._unreadable.Count > FoldersNamed ? ", ..." : string.Empty)}");
        }

        return tree._found;
    }

    private void Search(string path, string below, IReadOnlySet<int> position)
    {
        var entries = new DirectoryInfo(path)
            .EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false })
            .Where(entry => !entry.Name.StartsWith('.'))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .ToList();
        _found.AddRange(entries.Where(entry => entry is FileInfo && _pattern.Fits(position, entry.Name))
            .Select(entry => new RecordFile(Path.Combine(path, entry.Name), below)));
        foreach (var entry in entries.Where(entry => entry is DirectoryInfo && entry.LinkTarget is null))
        {
            if (_pattern.Enter(position, entry.Name) is not { Count: > 0 } next)
            {
                continue;
            }

            try
            {
                Search(Path.Combine(path, entry.Name), ResultNames.Below(below, entry.Name), next);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _unreadable.Add((Path.GetRelativePath(_folder, Path.Combine(path, entry.Name)), e.Message));
            }
        }
    }
}
