using System.IO.Enumeration;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>Turns what a user names (files of results, folders, patterns) into files.</summary>
internal static class RecordFiles
{
    private const string Records = "*.masks.json";

    /// <summary>The files, in the order of the arguments and by name within a folder or pattern, each once.</summary>
    /// <param name="arguments">Files (whether they exist or not), folders, or patterns with <c>*</c> and <c>?</c> in the last part. Of a
    /// folder its <c>.masks.json</c> files are taken, or all its <c>.json</c> files where there are none of these.</param>
    /// <param name="fail">Called with an error: folders that cannot be read or have no such files, patterns that fit none.</param>
    public static IReadOnlyList<string> Expand(IEnumerable<string> arguments, Action<string> fail) =>
        [.. arguments.SelectMany(argument => Expand(argument, fail)).DistinctBy(Path.GetFullPath)];

    private static IReadOnlyList<string> Expand(string argument, Action<string> fail)
    {
        try
        {
            if (Directory.Exists(argument))
            {
                var found = Matching(argument, Records);
                found = found.Count > 0 ? found : Matching(argument, "*.json");
                return found.Count > 0 ? found : Fail($"{argument}: expected files of results (.json) in the folder, found none.");
            }

            if (argument.IndexOfAny(['*', '?']) < 0 || File.Exists(argument))
            {
                return [argument];
            }

            var folder = Path.GetDirectoryName(argument) is { Length: > 0 } parent ? parent : ".";
            var fitting = Directory.Exists(folder) ? Matching(folder, Path.GetFileName(argument)) : [];
            return fitting.Count > 0 ? fitting : Fail($"{argument}: expected files of that name, found none.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail($"{argument}: the folder cannot be read: {e.Message}");
        }

        IReadOnlyList<string> Fail(string message)
        {
            fail(message);
            return [];
        }
    }

    private static List<string> Matching(string folder, string pattern) =>
        [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false })
            .Where(file => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(file))
                && !Path.GetFileName(file).StartsWith('.'))
            .Order(StringComparer.Ordinal)];
}
