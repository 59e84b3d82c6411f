using MaskGen.ML.Cli.Display;
using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Inputs;

/// <summary>Turns what a user names (images, folders, patterns) into files.</summary>
internal static class InputFiles
{
    private const int FoldersNamed = 3;

    /// <summary>The files, in the order of the arguments and by name within a folder or pattern, each once.</summary>
    /// <param name="arguments">Files (whether they exist or not), folders, or patterns; see <see cref="PathPattern"/>.</param>
    /// <param name="search">How folders are searched.</param>
    /// <param name="fail">Called with an error: folders that cannot be read or have no images, patterns that fit none.</param>
    /// <param name="say">Called once with a line that counts and names what was passed over, where anything was.</param>
    public static IReadOnlyList<InputFile> Expand(
        IEnumerable<string> arguments, InputSearch search, Action<string> fail, Action<string> say)
    {
        var passedOver = new PassedOverFiles();
        var hasFailed = false;
        var results = search.ResultFolder is { } folder ? FileStatus.OfTarget(folder)?.Identity : null;
        var (known, files) = (new KnownFiles(), new List<InputFile>());
        foreach (var file in arguments.SelectMany(argument => Expand(argument, search.IsRecursive, passedOver, results, Fail)))
        {
            if (known.Add(file))
            {
                files.Add(file);
            }
        }

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

    private static IReadOnlyList<InputFile> Expand(
        string argument, bool isRecursive, PassedOverFiles passedOver, FileIdentity? results, Action<string> fail)
    {
        if (Directory.Exists(argument))
        {
            var everything = new ImageFolder(PathPattern.Everything(isRecursive), passedOver, results);
            return Images(argument, everything, fail, () =>
                $"{argument}: expected images ({ImageFiles.ExtensionList}) in the folder{(isRecursive ? " or below it" : string.Empty)}, "
                + $"found none.{(everything.HasOtherFolders ? " --recursive takes those of its sub-folders too." : string.Empty)}");
        }

        // A file whose name has such characters is meant as it is.
        if (!PathPattern.HasWildcards(argument) || File.Exists(argument))
        {
            return ImageFiles.IsOwnResult(argument) && passedOver.Add(Path.GetFileName(argument), ImageFileRole.OwnResult)
                ? []
                : [InputFile.Alone(argument)];
        }

        var (folder, pattern) = PathPattern.Parse(argument, isRecursive);
        return Images(
            folder, new ImageFolder(pattern, passedOver, results), fail, () => $"{argument}: expected images of that name, found none.");
    }

    private static IReadOnlyList<InputFile> Images(string folder, ImageFolder search, Action<string> fail, Func<string> none)
    {
        IReadOnlyList<InputFile> images;
        try
        {
            images = search.Search(folder == "." ? string.Empty : folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fail($"{folder}: the folder cannot be read: {e.Message}");
            return [];
        }

        if (search.Unreadable.Count > 0)
        {
            var some = search.Unreadable.Take(FoldersNamed).Select(one => $"{one.Name} ({one.Reason})");
            fail(
                $"{folder}: {Counted.Of(search.Unreadable.Count, "folder")} below it cannot be read, "
                + $"and what is in there is left out: {string.Join(", ", some)}"
                + $"{(search.Unreadable.Count > FoldersNamed ? ", ..." : string.Empty)}");
        }
        else if (images.Count == 0)
        {
            fail(none());
        }

        return images;
    }

    // One file by two paths is one image; two names of one file are two, unless their results would have one name.
    private sealed class KnownFiles
    {
        private readonly HashSet<(FileIdentity?, string)> _named = [];
        private readonly HashSet<(FileIdentity?, string)> _placed = [];
        private readonly Dictionary<string, FileIdentity?> _folders = new(StringComparer.Ordinal);

        public bool Add(InputFile file)
        {
            if (FileStatus.OfTarget(file.Path)?.Identity is not { } identity)
            {
                return _named.Add((null, Path.GetFullPath(file.Path)));
            }

            // By what was typed, as a folder has many files.
            var folder = Path.GetDirectoryName(file.Path) ?? file.Path;
            if (!_folders.TryGetValue(folder, out var place))
            {
                _folders[folder] = place = FileStatus.OfTarget(folder.Length == 0 ? "." : folder)?.Identity;
            }

            var isNew = place is null || _placed.Add((place, Path.GetFileName(file.Path)));
            return _named.Add((identity, Path.ChangeExtension(file.Name, null))) && isNew;
        }
    }
}
