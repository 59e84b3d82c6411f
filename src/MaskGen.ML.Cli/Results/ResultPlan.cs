using System.Text;
using MaskGen.ML.Cli.Inputs;
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
    private readonly IReadOnlyList<InputFile> _images;

    // By paths below the folder, with slashes.
    private readonly HashSet<string> _imageNames;
    private readonly Dictionary<string, (InputFile? Image, ResultKind Kind)> _files = new(StringComparer.Ordinal);
    private readonly List<string> _conflicts = [];
    private readonly Dictionary<FileIdentity, string> _inputs = [];
    private readonly Dictionary<string, string> _inputsInFolders;

    // Folders below the folder that results go to, with one of the images; the folder itself, without a name, always exists.
    private readonly Dictionary<string, InputFile> _subFolders;
    private readonly HashSet<string> _existingFolders;

    private ResultPlan(
        ResultNames names,
        IReadOnlyList<ResultFormat> formats,
        OutputFolder folder,
        IReadOnlyList<InputFile> images,
        IEnumerable<string> otherInputs)
    {
        (_names, _formats, _folder, _images) = (names, formats, folder, images);
        var comparer = StringComparer.FromComparison(folder.NameComparison);
        (_inputsInFolders, _subFolders) = (new(comparer), new(comparer));
        _imageNames = NamesOf(images);
        foreach (var (image, inner) in images.SelectMany(image => names.FoldersOf(image.Name, formats).Select(inner => (image, inner))))
        {
            _subFolders.TryAdd(inner, image);
        }

        _subFolders.Remove(string.Empty);
        _existingFolders = _subFolders.Keys.Where(name => Directory.Exists(names.PathOf(name))).Append(string.Empty).ToHashSet(comparer);
        var places = new ResultFolders(names, _existingFolders);
        foreach (var input in images.Select(image => image.Path).Concat(otherInputs))
        {
            if (FileStatus.OfTarget(input)?.Identity is { } identity)
            {
                _inputs.TryAdd(identity, input);
            }

            if (places.FolderOf(input) is { } place)
            {
                _inputsInFolders.TryAdd(ResultNames.Below(place, Path.GetFileName(input)), input);
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
        IReadOnlyList<InputFile> images,
        IEnumerable<string> otherInputs)
    {
        var plan = new ResultPlan(names, formats, folder, images, otherInputs);
        plan.ListFiles();
        plan.CheckFolders();
        plan.CheckSpelling();
        plan.ThrowIfAny();
        foreach (var (name, (image, kind)) in plan._files)
        {
            if (plan._existingFolders.Contains(ResultNames.FolderOf(name)))
            {
                plan.CheckExisting(name, kind, image);
            }
        }

        plan.CheckFilesOfRun();
        var masks = formats.Select(format => format.FileOfMask).OfType<ResultFormat.MaskFile>().SelectMany(plan.CheckMasks).ToList();
        plan.ThrowIfAny();
        return masks.ToLookup(mask => mask.Stem, mask => mask.Number, StringComparer.FromComparison(folder.NameComparison));
    }

    /// <summary>Names of images as files about several of them have them.</summary>
    public static HashSet<string> NamesOf(IReadOnlyList<InputFile> images) =>
        images.SelectMany(image => new[] { image.Name, StampedXml.Text(image.Name) }).ToHashSet(StringComparer.Ordinal);

    private void CheckFilesOfRun()
    {
        foreach (var file in _formats.Select(format => format.FileOfRun(_names, _images.Count)).OfType<ResultFormat.RunFile>())
        {
            var path = _names.PathOf(file.Name);
            if (_conflicts.Count == 0 && ResultOwnership.WhyKept(path, file, _imageNames) is { } why)
            {
                _conflicts.Add(
                    $"{path} {why}; they would be lost. Run all images together, choose another --out, or move the file away.");
            }
        }
    }

    private void ListFiles()
    {
        foreach (var file in _formats.Select(format => format.FileOfRun(_names, _images.Count)).OfType<ResultFormat.RunFile>())
        {
            _files[file.Name] = (null, file.Kind);
        }

        foreach (var image in _images)
        {
            if (Path.GetFileNameWithoutExtension(image.Name).Length == 0)
            {
                _conflicts.Add($"{image.Path}: expected a name before the extension, after which the results are named, found none.");
                continue;
            }

            foreach (var (kind, name) in _names.Of(image.Name, _formats))
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

    private void CheckLength(InputFile image)
    {
        var longest = _names.Of(image.Name, _formats).Select(file => Path.GetFileName(file.Name))
            .Concat(_formats.Select(format => format.FileOfMask).OfType<ResultFormat.MaskFile>()
                .Select(file => Path.GetFileName(_names.PathOfMask(image.Name, 1, file.Infix))))
            .DefaultIfEmpty(string.Empty)
            .MaxBy(name => name.Length)!;
        var length = OperatingSystem.IsLinux() ? Encoding.UTF8.GetByteCount(longest) : longest.Length;
        if (length > LongestName)
        {
            var ending = longest[Path.GetFileNameWithoutExtension(image.Name).Length..];
            _conflicts.Add(
                $"{image.Path}: expected a name that leaves room for {ending}, found one {length - LongestName} too long; "
                + "rename the image.");
        }
    }

    // Where results of sub-folders go there must be a folder, or room for one.
    private void CheckFolders()
    {
        var known = new HashSet<string>(_existingFolders, _existingFolders.Comparer);
        foreach (var (innermost, image) in _subFolders)
        {
            for (var name = innermost; name.Length > 0 && known.Add(name); name = ResultNames.FolderOf(name))
            {
                var path = _names.PathOf(name);
                if (!Directory.Exists(path) && (File.Exists(path) || new FileInfo(path).LinkTarget is not null))
                {
                    _conflicts.Add(
                        $"{path} is no folder; results of {image.Path} go to a folder of that name. Move it away, or choose another "
                        + "--out.");
                }
            }
        }

        var folders = known.Concat(_subFolders.Keys).ToHashSet(known.Comparer);
        foreach (var (name, (image, _)) in _files.Where(file => folders.Contains(file.Key)))
        {
            _conflicts.Add(
                $"{image?.Path ?? _names.PathOf(name)}: its result would have the name of a folder of results, {_names.PathOf(name)}; "
                + "rename one, or run it by itself with another --out.");
        }
    }

    private void CheckSpelling()
    {
        if (_conflicts.Count == 0 && _folder.FindSameNames(_files.Keys) is var (first, second))
        {
            _conflicts.Add(WouldShare(second, _files[first].Image, _files[second].Image));
        }
    }

    private void CheckExisting(string name, ResultKind kind, InputFile? image)
    {
        var path = _names.PathOf(name);
        var result = image is null ? "a result of this run" : $"a result of {image.Path}";
        if (image is not null && kind.IsCopyOfImage && IsCopyKept(path, image))
        {
            return;
        }

        if (InputAt(name, path) is { } input)
        {
            _conflicts.Add($"{input} is an input, and {result} would be written over it as {path}; choose another --out.");
        }
        else if (WhyKept(path, kind, image) is { } why)
        {
            _conflicts.Add($"{path} {why}; {result} is not written over it. Move it away, or choose another --out.");
        }
    }

    // Nothing is written over the image itself, nothing where there is no image, and nothing over the same content: of that the length is
    // compared here, as there may be many.
    private static bool IsCopyKept(string path, InputFile image) =>
        !File.Exists(image.Path)
        || YoloImages.AreOneFile(path, image.Path)
        || (File.Exists(path) && new FileInfo(path).Length == new FileInfo(image.Path).Length);

    // Thorough only for what is about all images, which is written at the very end. Of the others there may be many, most of them done;
    // each is looked at again before it is computed.
    private string? WhyKept(string path, ResultKind kind, InputFile? image)
    {
        var stem = image is null ? null : ResultNames.StemOf(image.Name);
        return ResultOwnership.WhyKept(path, kind, _names.Mode, stem, _folder.NameComparison, isThorough: image is null);
    }

    /// <summary>Looks at every file that is named as a single mask of one of the images, whatever its number: masks are written and
    /// deleted.</summary>
    private List<(string Stem, int Number)> CheckMasks(ResultFormat.MaskFile file)
    {
        var images = new Dictionary<string, InputFile>(StringComparer.FromComparison(_folder.NameComparison));
        foreach (var image in _images)
        {
            images.TryAdd(ResultNames.StemOf(image.Name), image);
        }

        var found = new List<(string Stem, int Number)>();
        var existing = _existingFolders.SelectMany(EntriesOf);
        foreach (var name in existing.Concat(_inputsInFolders.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            if (_names.TryParseMask(name, file.Infix) is { } mask && images.TryGetValue(mask.Stem, out var image))
            {
                CheckExisting(name, file.Kind, image);
                found.Add((mask.Stem + file.Infix, mask.Number));
            }
        }

        return found;

        IEnumerable<string> EntriesOf(string folder) => Directory.EnumerateFileSystemEntries(
            _names.PathOf(folder), "*", new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false })
            .Select(path => ResultNames.Below(folder, Path.GetFileName(path)));
    }

    // By the name in the folder, which catches inputs that do not exist yet, and by what it leads to.
    private string? InputAt(string name, string path) =>
        _inputsInFolders.TryGetValue(name, out var input)
        || (FileStatus.OfTarget(path)?.Identity is { } identity && _inputs.TryGetValue(identity, out input))
            ? input
            : null;

    private string WouldShare(string name, InputFile? first, InputFile? second)
    {
        var path = _names.PathOf(name);
        return first is null || second is null
            ? $"{(first ?? second)?.Path}: its result would have the name of the one about all images, {path}; "
                + "run it by itself with another --out."
            : $"{first.Path} and {second.Path}: results of both would be written as {path}; run them with different --out, or rename one"
                + (Path.GetFileName(first.Path) == Path.GetFileName(second.Path)
                    ? ", or give the folder above both with --recursive." : ".");
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

    /// <summary>Finds which folder of results a file lies in, if any.</summary>
    private sealed class ResultFolders
    {
        private readonly Dictionary<FileIdentity, string> _byIdentity = [];
        private readonly Dictionary<string, string> _byPath = new(StringComparer.OrdinalIgnoreCase);
        private readonly Dictionary<string, string?> _known = new(StringComparer.Ordinal);

        public ResultFolders(ResultNames names, IEnumerable<string> folders)
        {
            foreach (var folder in folders)
            {
                var path = names.PathOf(folder);
                _byPath.TryAdd(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), folder);
                if (FileStatus.OfTarget(path)?.Identity is { } identity)
                {
                    _byIdentity.TryAdd(identity, folder);
                }
            }
        }

        /// <summary>The folder, by its path below that of the results; null for any other.</summary>
        public string? FolderOf(string file)
        {
            // By what was typed, as a folder has many files.
            var typed = Path.GetDirectoryName(file) ?? string.Empty;
            if (!_known.TryGetValue(typed, out var folder))
            {
                var parent = Path.GetDirectoryName(Path.GetFullPath(file))!;
                _known[typed] = folder = _byIdentity.Count > 0 && FileStatus.OfTarget(parent)?.Identity is { } identity
                    ? _byIdentity.GetValueOrDefault(identity)
                    : _byPath.GetValueOrDefault(Path.TrimEndingDirectorySeparator(parent));
            }

            return folder;
        }
    }
}
