using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>Turns what a user names (files of results, folders, patterns) into files.</summary>
internal static class RecordFiles
{
    private const string Records = ".masks.json";
    private const string Json = ".json";

    /// <summary>The files, in the order of the arguments and by name within a folder or pattern, each once.</summary>
    /// <param name="arguments">Files (whether they exist or not), folders, or patterns; see <see cref="PathPattern"/>. Of a folder its
    /// <c>.masks.json</c> files are taken, or all its <c>.json</c> files where there are none of these.</param>
    /// <param name="isRecursive">Whether folders are taken with all their sub-folders; links to folders are not followed.</param>
    /// <param name="fail">Called with an error: folders that cannot be read or have no such files, patterns that fit none.</param>
    public static IReadOnlyList<RecordFile> Expand(IEnumerable<string> arguments, bool isRecursive, Action<string> fail) =>
        [.. arguments.SelectMany(argument => Expand(argument, isRecursive, fail)).DistinctBy(file => Path.GetFullPath(file.Path))];

    private static IReadOnlyList<RecordFile> Expand(string argument, bool isRecursive, Action<string> fail)
    {
        try
        {
            if (Directory.Exists(argument))
            {
                var found = OfResults(FileTree.Find(argument, PathPattern.Everything(isRecursive), fail));
                return found.Count > 0
                    ? found
                    : Fail($"{argument}: expected files of results (.json) in the folder{(isRecursive ? " or below it" : string.Empty)}, "
                        + $"found none.{(isRecursive ? string.Empty : " --recursive takes those of its sub-folders too.")}");
            }

            if (!PathPattern.HasWildcards(argument) || File.Exists(argument))
            {
                return [new RecordFile(argument, string.Empty)];
            }

            var (folder, pattern) = PathPattern.Parse(argument, isRecursive);
            folder = folder.Length == 0 ? "." : folder;
            var fitting = Directory.Exists(folder) ? FileTree.Find(folder, pattern, fail) : [];
            fitting = isRecursive ? OfResults(fitting) : fitting;
            return fitting.Count > 0 ? fitting : Fail($"{argument}: expected files of that name, found none.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail($"{argument}: the folder cannot be read: {e.Message}");
        }

        IReadOnlyList<RecordFile> Fail(string message)
        {
            fail(message);
            return [];
        }
    }

    private static List<RecordFile> OfResults(List<RecordFile> files)
    {
        var records = Ending(Records);
        return records.Count > 0 ? records : Ending(Json);

        List<RecordFile> Ending(string ending) =>
            [.. files.Where(file => file.Path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))];
    }
}
