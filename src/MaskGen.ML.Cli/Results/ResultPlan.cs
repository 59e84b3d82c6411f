using System.Text;
using MaskGen.ML.Files;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Results;

/// <summary>Lists every file that a run will write or delete, and refuses the run where one of them is an input, another result, or
/// not ours.</summary>
internal sealed class ResultPlan
{
    // Further ones are seldom of another kind.
    private const int ConflictsReported = 3;

    // Of every file system in use: bytes of UTF-8, or on Windows and macOS characters of UTF-16.
    private const int LongestName = 255;

    private readonly ResultNames _names;
    private readonly IReadOnlyList<ResultFormat> _formats;
    private readonly OutputFolder _folder;
    private readonly IReadOnlyList<string> _images;
    private readonly Dictionary<string, (string? Image, ResultKind Kind)> _files = new(StringComparer.Ordinal);
    private readonly List<string> _conflicts = [];
    private readonly Dictionary<FileIdentity, string> _inputs = [];
    private readonly Dictionary<string, string> _inputsInFolder;

    private ResultPlan(
        ResultNames names,
        IReadOnlyList<ResultFormat> formats,
        OutputFolder folder,
        IReadOnlyList<string> images,
        IEnumerable<string> otherInputs)
    {
        (_names, _formats, _folder, _images) = (names, formats, folder, images);
        _inputsInFolder = new(StringComparer.FromComparison(folder.NameComparison));
        var folderIdentity = FileStatus.OfTarget(names.Folder)?.Identity;
        foreach (var input in images.Concat(otherInputs))
        {
            if (FileStatus.OfTarget(input)?.Identity is { } identity)
            {
                _inputs.TryAdd(identity, input);
            }

            if (IsIn(folderIdentity, names.Folder, input))
            {
                _inputsInFolder.TryAdd(Path.GetFileName(input), input);
            }
        }
    }

    /// <summary>Checks a run before anything is computed.</summary>
    /// <param name="names">What its files are called.</param>
    /// <param name="formats">Which files it writes.</param>
    /// <param name="folder">The folder that they go to, which exists.</param>
    /// <param name="images">Every image of the run.</param>
    /// <param name="otherInputs">Other files that it reads.</param>
    /// <returns>Numbers of the files per mask that an earlier run has left, by <see cref="ResultNames.MaskStemOf"/>.</returns>
    /// <exception cref="ArgumentException">A file would be lost; the message names both, and the way out.</exception>
    /// <exception cref="IOException">A file cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be looked at.</exception>
    public static ILookup<string, int> Check(
        ResultNames names,
        IReadOnlyList<ResultFormat> formats,
        OutputFolder folder,
        IReadOnlyList<string> images,
        IEnumerable<string> otherInputs)
    {
        var plan = new ResultPlan(names, formats, folder, images, otherInputs);
        plan.ListFiles();
        plan.CheckSpelling();
        plan.ThrowIfAny();
        foreach (var (name, (image, kind)) in plan._files)
        {
            plan.CheckExisting(name, kind, image);
        }

        var masks = formats.Select(format => format.FileOfMask).OfType<ResultFormat.MaskFile>().SelectMany(plan.CheckMasks).ToList();
        plan.ThrowIfAny();
        return masks.ToLookup(mask => mask.Stem, mask => mask.Number, StringComparer.FromComparison(folder.NameComparison));
    }

    private static bool IsIn(FileIdentity? folderIdentity, string folder, string file)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(file))!;
        return folderIdentity is not null && FileStatus.OfTarget(parent)?.Identity is { } parentIdentity
            ? folderIdentity == parentIdentity
            : string.Equals(
                Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)),
                Path.TrimEndingDirectorySeparator(parent),
                StringComparison.OrdinalIgnoreCase);
    }

    private void ListFiles()
    {
        foreach (var file in _formats.Select(format => format.FileOfRun(_names, _images.Count)).OfType<ResultFormat.RunFile>())
        {
            _files[file.Name] = (null, file.Kind);
        }

        foreach (var image in _images)
        {
            if (ResultNames.StemOf(image).Length == 0)
            {
                _conflicts.Add($"{image}: expected a name before the extension, after which the results are named, found none.");
                continue;
            }

            foreach (var (kind, name) in _names.Of(image, _formats))
            {
                if (!_files.TryAdd(name, (image, kind)))
                {
                    _conflicts.Add(WouldShare(name, _files[name].Image, image));
                    break;
                }
            }

            CheckLength(image);
        }
    }

    private void CheckLength(string image)
    {
        var longest = _names.Of(image, _formats).Select(file => file.Name)
            .Concat(_formats.Select(format => format.FileOfMask).OfType<ResultFormat.MaskFile>()
                .Select(file => Path.GetFileName(_names.PathOfMask(image, 1, file.Infix))))
            .DefaultIfEmpty(string.Empty)
            .MaxBy(name => name.Length)!;
        var length = OperatingSystem.IsLinux() ? Encoding.UTF8.GetByteCount(longest) : longest.Length;
        if (length > LongestName)
        {
            var ending = longest[ResultNames.StemOf(image).Length..];
            _conflicts.Add(
                $"{image}: expected a name that leaves room for {ending}, found one {length - LongestName} too long; rename the image.");
        }
    }

    private void CheckSpelling()
    {
        if (_conflicts.Count == 0 && _folder.FindSameNames(_files.Keys) is var (first, second))
        {
            _conflicts.Add(WouldShare(second, _files[first].Image, _files[second].Image));
        }
    }

    private void CheckExisting(string name, ResultKind kind, string? image)
    {
        var path = Path.Combine(_names.Folder, name);
        var result = image is null ? "a result of this run" : $"a result of {image}";
        if (InputAt(path) is { } input)
        {
            _conflicts.Add($"{input} is an input, and {result} would be written over it as {path}; choose another --out.");
        }
        else if (WhyKept(path, kind, image) is { } why)
        {
            _conflicts.Add($"{path} {why}; {result} is not written over it. Move it away, or choose another --out.");
        }
    }

    // Thorough only for what is about all images, which is written at the very end. Of the others there may be many, most of them done;
    // each is looked at again before it is computed.
    private string? WhyKept(string path, ResultKind kind, string? image) =>
        ResultOwnership.WhyKept(
            path, kind, _names.Mode, image is null ? null : ResultNames.StemOf(image), _folder.NameComparison, isThorough: image is null);

    /// <summary>Looks at every file that is named as a single mask of one of the images, whatever its number: masks are written and
    /// deleted.</summary>
    private List<(string Stem, int Number)> CheckMasks(ResultFormat.MaskFile file)
    {
        var images = new Dictionary<string, string>(StringComparer.FromComparison(_folder.NameComparison));
        foreach (var image in _images)
        {
            images.TryAdd(ResultNames.StemOf(image), image);
        }

        var found = new List<(string Stem, int Number)>();
        var existing = Directory.EnumerateFileSystemEntries(
            _names.Folder, "*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }).Select(Path.GetFileName);
        foreach (var name in existing.Concat(_inputsInFolder.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            if (_names.TryParseMask(name!, file.Infix) is { } mask && images.TryGetValue(mask.Stem, out var image))
            {
                CheckExisting(name!, file.Kind, image);
                found.Add((mask.Stem + file.Infix, mask.Number));
            }
        }

        return found;
    }

    // By the name in the folder, which catches inputs that do not exist yet, and by what it leads to.
    private string? InputAt(string path) =>
        _inputsInFolder.TryGetValue(Path.GetFileName(path), out var input)
        || (FileStatus.OfTarget(path)?.Identity is { } identity && _inputs.TryGetValue(identity, out input))
            ? input
            : null;

    private string WouldShare(string name, string? first, string? second)
    {
        var path = Path.Combine(_names.Folder, name);
        return first is null || second is null
            ? $"{first ?? second}: its result would have the name of the one about all images, {path}; "
                + "run it by itself with another --out."
            : $"{first} and {second}: results of both would be written as {path}; run them with different --out, or rename one.";
    }

    private void ThrowIfAny()
    {
        if (_conflicts.Count > 0)
        {
            var more = _conflicts.Count > ConflictsReported
                ? $" And {_conflicts.Count - ConflictsReported} more of the kind." : string.Empty;
            throw new ArgumentException($"Nothing was done. {string.Join(" ", _conflicts.Take(ConflictsReported))}{more}");
        }
    }
}
