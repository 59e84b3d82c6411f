using System.IO.Enumeration;

namespace MaskGen.ML.Cli;

/// <summary>Turns what a user names (pictures, folders, patterns) into files.</summary>
internal static class InputFiles
{
    private static readonly string[] PictureExtensions = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];

    /// <summary>The files, in the order of the arguments and by name within a folder or pattern, each once.</summary>
    /// <param name="arguments">Files (whether they exist or not), folders, or patterns with <c>*</c> and <c>?</c> in the last part.</param>
    /// <param name="fail">Is told of folders without pictures and of patterns that fit none.</param>
    public static IReadOnlyList<string> Expand(IEnumerable<string> arguments, Action<string> fail) =>
        [.. arguments.SelectMany(argument => Expand(argument, fail)).DistinctBy(Path.GetFullPath, StringComparer.Ordinal)];

    private static IEnumerable<string> Expand(string argument, Action<string> fail)
    {
        if (Directory.Exists(argument))
        {
            return NotNone(Pictures(argument), fail, $"{argument}: expected pictures ({string.Join(", ", PictureExtensions)}) in the folder, found none.");
        }

        // A file whose name has such characters is meant as it is.
        if (argument.IndexOfAny(['*', '?']) < 0 || File.Exists(argument))
        {
            return [argument];
        }

        var folder = Path.GetDirectoryName(argument) is { Length: > 0 } parent ? parent : ".";
        var pattern = Path.GetFileName(argument);
        var matches = Directory.Exists(folder)
            ? Pictures(folder).Where(file => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(file)))
            : [];
        return NotNone(matches, fail, $"{argument}: expected pictures of that name, found none.");
    }

    private static IEnumerable<string> Pictures(string folder) =>
        Directory.EnumerateFiles(folder)
            .Where(file => PictureExtensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .Select(file => folder == "." ? Path.GetFileName(file) : file)
            .Order(StringComparer.Ordinal);

    private static List<string> NotNone(IEnumerable<string> files, Action<string> fail, string message)
    {
        var list = files.ToList();
        if (list.Count == 0)
        {
            fail(message);
        }

        return list;
    }
}
