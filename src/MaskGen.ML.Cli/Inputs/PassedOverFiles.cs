using MaskGen.ML.Cli.Display;
using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>Counts the files and folders that a run passes over, and names some.</summary>
internal sealed class PassedOverFiles
{
    private const int NamesPerRole = 3;

    private readonly SortedDictionary<ImageFileRole, Tally> _files = [];
    private readonly SortedDictionary<FolderRole, Tally> _folders = [];

    /// <summary>Notes a file.</summary>
    /// <param name="name">Its name, as it is told.</param>
    /// <param name="role">What it is.</param>
    /// <returns>True.</returns>
    public bool Add(string name, ImageFileRole role)
    {
        Add(_files, name, role);
        return true;
    }

    /// <summary>Notes a folder.</summary>
    /// <param name="name">Its name, as it is told.</param>
    /// <param name="role">What it is; not one to search.</param>
    public void Add(string name, FolderRole role) => Add(_folders, name, role);

    /// <summary>One line about all of them; null where there are none.</summary>
    public string? Describe()
    {
        if (_files.Count == 0 && _folders.Count == 0)
        {
            return null;
        }

        string[] counts = [.. Total(_files, "file"), .. Total(_folders, "folder")];
        var roles = _files.Select(role => Describe(KindOf(role.Key, role.Value.Count), role.Value))
            .Concat(_folders.Select(role => Describe(KindOf(role.Key, role.Value.Count), role.Value)));
        return $"Passed over {string.Join(" and ", counts)}: {string.Join("; ", roles)}.";
    }

    private static void Add<T>(SortedDictionary<T, Tally> tallies, string name, T role)
        where T : notnull
    {
        if (!tallies.TryGetValue(role, out var tally))
        {
            tallies[role] = tally = new Tally();
        }

        tally.Add(name);
    }

    private static IEnumerable<string> Total<T>(SortedDictionary<T, Tally> tallies, string noun)
        where T : notnull
    {
        var count = tallies.Values.Sum(tally => tally.Count);
        return count == 0 ? [] : [Counted.Of(count, noun)];
    }

    private static string Describe(string kind, Tally tally)
    {
        var some = string.Join(", ", tally.Some.Select(PrintableText.Escape));
        return $"{tally.Count} {kind} ({some}{(tally.Count > tally.Some.Count ? ", ..." : string.Empty)})";
    }

    private static string KindOf(ImageFileRole role, int count) => role switch
    {
        ImageFileRole.Hidden => "hidden",
        ImageFileRole.OwnResult => count == 1 ? "result of an earlier run" : "results of earlier runs",
        _ => $"of other types than {ImageFiles.ExtensionList}",
    };

    private static string KindOf(FolderRole role, int count) => role switch
    {
        FolderRole.Hidden => $"hidden folder{(count == 1 ? string.Empty : "s")}",
        FolderRole.Link => count == 1 ? "link to a folder" : "links to folders",
        _ => "folder of the results",
    };

    // Names of some are enough, and do not grow with the tree.
    private sealed class Tally
    {
        public List<string> Some { get; } = [];

        public int Count { get; private set; }

        public void Add(string name)
        {
            Count++;
            if (Some.Count < NamesPerRole)
            {
                Some.Add(name);
            }
        }
    }
}
