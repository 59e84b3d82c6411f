using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>Counts and names the files that a run passes over.</summary>
internal sealed class PassedOverFiles
{
    private const int NamesPerRole = 3;

    private readonly Dictionary<ImageFileRole, List<string>> _names = [];

    /// <summary>Notes a file.</summary>
    /// <returns>True.</returns>
    public bool Add(string path, ImageFileRole role)
    {
        if (!_names.TryGetValue(role, out var names))
        {
            _names[role] = names = [];
        }

        names.Add(Path.GetFileName(path));
        return true;
    }

    /// <summary>One line about all of them; null where there are none.</summary>
    public string? Describe()
    {
        if (_names.Count == 0)
        {
            return null;
        }

        var count = _names.Values.Sum(names => names.Count);
        var roles = _names.OrderBy(role => role.Key).Select(role => Describe(role.Key, role.Value));
        return $"Passed over {count} {(count == 1 ? "file" : "files")}: {string.Join("; ", roles)}.";
    }

    private static string Describe(ImageFileRole role, List<string> names)
    {
        var kind = role switch
        {
            ImageFileRole.Hidden => "hidden",
            ImageFileRole.OwnResult => names.Count == 1 ? "result of an earlier run" : "results of earlier runs",
            _ => $"of other types than {ImageFiles.ExtensionList}",
        };
        var some = string.Join(", ", names.Take(NamesPerRole).Select(PrintableText.Escape));
        return $"{names.Count} {kind} ({some}{(names.Count > NamesPerRole ? ", ..." : string.Empty)})";
    }
}
