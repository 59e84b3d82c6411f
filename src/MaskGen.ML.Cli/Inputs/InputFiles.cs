using System.IO.Enumeration;
using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>Turns what a user names (images, folders, patterns) into files.</summary>
internal static class InputFiles
{
    /// <summary>The files, in the order of the arguments and by name within a folder or pattern, each once.</summary>
    /// <param name="arguments">Files (whether they exist or not), folders, or patterns with <c>*</c> and <c>?</c> in the last
    /// part.</param>
    /// <param name="fail">Called with an error: folders that cannot be read or have no images, patterns that fit none.</param>
    /// <param name="say">Called once with a line that counts and names what was passed over, where anything was.</param>
    public static IReadOnlyList<string> Expand(IEnumerable<string> arguments, Action<string> fail, Action<string> say)
    {
        var passedOver = new PassedOverFiles();
        var hasFailed = false;
        var files = arguments.SelectMany(argument => Expand(argument, passedOver, Fail)).DistinctBy(Identity).ToList();
        if (passedOver.Describe() is { } line)
        {
            say(line);
        }

        if (files.Count == 0 && !hasFailed)
        {
            fail("Expected images, found only files that are passed over.");
        }

        return files;

        void Fail(string message)
        {
            hasFailed = true;
            fail(message);
        }
    }

    private static IEnumerable<string> Expand(string argument, PassedOverFiles passedOver, Action<string> fail)
    {
        if (Directory.Exists(argument))
        {
            var none = $"{argument}: expected images ({ImageFiles.ExtensionList}) in the folder, found none.";
            return Images(argument, _ => true, passedOver, fail, none);
        }

        // A file whose name has such characters is meant as it is.
        if (argument.IndexOfAny(['*', '?']) < 0 || File.Exists(argument))
        {
            return ImageFiles.IsOwnResult(argument) && passedOver.Add(argument, ImageFileRole.OwnResult) ? [] : [argument];
        }

        var folder = Path.GetDirectoryName(argument) is { Length: > 0 } parent ? parent : ".";
        var pattern = Path.GetFileName(argument);
        return Images(folder, Fits, passedOver, fail, $"{argument}: expected images of that name, found none.");

        bool Fits(string name) => FileSystemName.MatchesSimpleExpression(pattern, name);
    }

    private static List<string> Images(
        string folder, Func<string, bool> isMeant, PassedOverFiles passedOver, Action<string> fail, string noneMessage)
    {
        var images = new List<string>();
        try
        {
            var files = Directory.Exists(folder)
                ? Directory.EnumerateFiles(folder, "*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false })
                : [];
            foreach (var file in files.Where(file => isMeant(Path.GetFileName(file))).Order(StringComparer.Ordinal))
            {
                var role = ImageFiles.RoleOf(file);
                if (role == ImageFileRole.Image)
                {
                    images.Add(folder == "." ? Path.GetFileName(file) : file);
                }
                else
                {
                    passedOver.Add(file, role);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fail($"{folder}: the folder cannot be read: {e.Message}");
            return [];
        }

        if (images.Count == 0)
        {
            fail(noneMessage);
        }

        return images;
    }

    // One file by two paths is one image; two names of one file are two, unless their results would have one name.
    private static (FileIdentity?, string) Identity(string path) => FileStatus.OfTarget(path)?.Identity is { } identity
        ? (identity, Path.GetFileNameWithoutExtension(path))
        : (null, Path.GetFullPath(path));
}
