using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Cli.Results;
using MaskGen.ML.Masks;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Commands;

/// <summary>Writes masks that come from files in other formats. Not safe for concurrent use.</summary>
/// <param name="terminal">Receives messages.</param>
/// <param name="report">Says what was written.</param>
internal sealed class Conversion(Terminal terminal, ResultReport report)
{
    // What files say of their images, by file and name of the image.
    private readonly Dictionary<(string File, string Image), (string? Path, string? Sha256)> _recorded = [];
    private readonly HashSet<string> _filesOfPrompts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);
    private ImagePlaces _places = new(folder: null);
    private int _failures;

    /// <summary>Folder of the images; null for where the files say, or near them.</summary>
    public string? ImageFolder
    {
        init => _places = new ImagePlaces(value);
    }

    /// <summary>Whether folders of files are taken with all their sub-folders.</summary>
    public bool IsRecursive { get; init; }

    /// <summary>Whether results go to the folders of the files themselves, so that a tree of results is not mirrored below one of its own
    /// folders.</summary>
    public bool IsBesideFiles { get; init; }

    /// <summary>What becomes of masks that overlap.</summary>
    public MaskSelectionOptions Selection { get; init; } = new();

    /// <summary>Reads files and writes results.</summary>
    /// <param name="arguments">Files, folders or patterns.</param>
    /// <param name="filesOf">Where results go, named after each image as the file has it that it comes from, with its folders; by whether
    /// they are of masks that prompts asked for, so that these and those of everything in one image have names of their own.</param>
    /// <param name="limits">Which images are read.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <returns>What was written, of everything and of prompts apart, and the exit code.</returns>
    /// <exception cref="ArgumentException">A file would be lost.</exception>
    /// <exception cref="IOException">Results cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public (IReadOnlyList<IReadOnlyList<string>> Written, int ExitCode) Run(
        IReadOnlyList<string> arguments, Func<bool, ResultFiles> filesOf, ImageLoadOptions limits, CancellationToken cancellationToken)
    {
        // Twice, for the names first: no more than one file is in memory at a time.
        var inputs = RecordFiles.Expand(arguments, IsRecursive, Fail);
        var numbering = new CocoNumbering();
        var known = Find([.. inputs.Select(file => (file, NamesOf(file, numbering)))]);
        var present = known.Where(file => file.Images.Count > 0).ToLookup(file => _filesOfPrompts.Contains(file.File.Path));
        if (present.Count == 0)
        {
            if (_failures == 0)
            {
                Fail("Expected images with masks, found none.");
            }

            return ([], ExitCodes.Failure);
        }

        var written = new List<IReadOnlyList<string>>();
        foreach (var group in present.OrderBy(group => group.Key))
        {
            using var files = filesOf(group.Key);
            written.Add(Write([.. group], files, inputs, numbering, limits, cancellationToken));
            if (files.IsLost)
            {
                break;
            }
        }

        return (written, _failures == 0 ? ExitCodes.Done : ExitCodes.Failure);
    }

    private List<string> Write(
        IReadOnlyList<(RecordFile File, IReadOnlyDictionary<string, InputFile> Images)> known,
        ResultFiles files,
        IReadOnlyList<RecordFile> inputs,
        CocoNumbering numbering,
        ImageLoadOptions limits,
        CancellationToken cancellationToken)
    {
        List<InputFile> images = [.. known.SelectMany(file => file.Images.Values)];
        if (files.NamedAsImage is { } format && images.Find(image => _named.Contains(image.Name)) is { } twice)
        {
            Fail($"{twice.Name}: expected masks of everything or of prompts, found files of both, and {format} has one file of its name; "
                + "those of prompts were left out. Give them another --out.");
            return [];
        }

        _named.UnionWith(images.Select(image => image.Name));
        MaskSource? current = null;
        files.Begin(
            images,
            (image, sha256) => Origin(current!, image, sha256, files.Mode),
            inputs.Select(input => input.Path),
            numbering.IsEmpty ? null : numbering);
        var written = new List<string>();
        foreach (var (file, imagesOfFile) in known)
        {
            foreach (var source in Read(file, terminal.Say))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!imagesOfFile.TryGetValue(source.Name, out var image))
                {
                    Fail($"{file.Path}: changed while it was read; {source.Name} is left out.");
                    continue;
                }

                current = source;
                try
                {
                    written.AddRange(Write(source, image, files, limits));
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    var message = ErrorMessages.Of(image.Path, size: null, e);
                    message = message.Contains(image.Path, StringComparison.Ordinal) ? message : $"{image.Path}: {message}";
                    report.Failed(image.Path, message);
                    files.AddFailure(image, message);
                    _failures++;
                    if (files.IsLost)
                    {
                        return written;
                    }
                }
            }
        }

        var aboutAll = files.Complete();
        report.Completed(aboutAll);
        terminal.SayAll(files.Remarks);
        return [.. written, .. aboutAll];
    }

    private IReadOnlyList<string> Write(MaskSource source, InputFile image, ResultFiles files, ImageLoadOptions limits)
    {
        files.ThrowIfTaken(image);
        if (files.AreOfPixels && source.Masks.ImageSize.PixelCount > limits.MaximumPixels)
        {
            throw new InvalidDataException(
                $"{source.File}: expected an image of at most {limits.MaximumPixels} pixels, found one of {source.Masks.ImageSize} "
                + $"({image.Name}); {limits.NameOfLimit} raises the limit.");
        }

        var masks = Selection.Apply(source.Masks);
        var exists = File.Exists(image.Path);
        if (files.NeedsImages && !exists)
        {
            throw new FileNotFoundException(
                $"{image.Name}: expected the image, which a chosen format shows, found none; looked for {_places.LookedFor(image.Path)}. "
                + "--images names its folder.",
                image.Path);
        }

        // The hash of what lies there now, not of what the masks were once made from.
        var input = files.NeedsImages ? InputImage.Load(image.Path, limits) : null;
        var sha256 = input?.Sha256 ?? (exists ? InputImage.HashOf(image.Path) : source.Stamp?.ImageSha256);
        var written = files.Write(image, input?.Image, sha256, masks);
        report.Done(image.Path, files.TakesCrowds ? masks : SourceAnnotation.WithoutCrowds(masks), written);
        return written;
    }

    private ResultOrigin Origin(MaskSource source, InputFile image, string? sha256, string mode) => new(
        mode,
        image.Name,
        sha256,
        source.Model ?? "unknown",
        source.Stamp?.ModelFingerprint ?? string.Empty,
        RunSettings.OfFile(source.File, Selection));

    // Images by their names in the files.
    private IReadOnlyList<(RecordFile File, IReadOnlyDictionary<string, InputFile> Images)> Find(
        List<(RecordFile File, IReadOnlyList<string> Names)> files)
    {
        // Two files may be of one image.
        var names = files.SelectMany(file => file.Names.Select(file.File.NameOf)).Distinct(StringComparer.Ordinal);
        var counts = names.CountBy(name => Path.GetFileName(name)).ToDictionary();
        return [.. files.Select(file => (file.File, (IReadOnlyDictionary<string, InputFile>)file.Names.ToDictionary(
            name => name, name => Find(file.File, name, counts[Path.GetFileName(name)] == 1))))];
    }

    private InputFile Find(RecordFile file, string image, bool isUnique)
    {
        var (recorded, sha256) = _recorded.GetValueOrDefault((file.Path, image));
        return new InputFile(_places.Find(file, image, isUnique, recorded, sha256), NameIn(file, image));
    }

    // What the results of an image are named after.
    private string NameIn(RecordFile file, string image) =>
        IsBesideFiles && file.Folder.Length == 0 && file.IsInFolderOf(image) ? Path.GetFileName(image) : file.NameOf(image);

    private IReadOnlyList<string> NamesOf(RecordFile file, CocoNumbering numbering)
    {
        var sources = Read(file, _ => { });
        numbering.Add(sources.Count == 0 ? [] : sources[0].Categories);
        foreach (var source in sources.Where(source => source.CocoImage is not null))
        {
            numbering.Add(NameIn(file, source.Name), source.CocoImage!);
        }

        return [.. sources.Select(source => source.Name)];
    }

    private IReadOnlyList<MaskSource> Read(RecordFile file, Action<string> say)
    {
        try
        {
            var sources = MaskSource.Read(file.Path, say);
            foreach (var source in sources)
            {
                _recorded[(file.Path, source.Name)] = (source.ImagePath, source.Stamp?.ImageSha256);
            }

            if (sources.Any(source => ResultOrigin.IsOfPrompts(source.Stamp?.Mode)))
            {
                _filesOfPrompts.Add(file.Path);
            }

            return sources;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Fail(ErrorMessages.Of(file.Path, size: null, e));
            return [];
        }
    }

    private void Fail(string message)
    {
        terminal.Fail(message);
        _failures++;
    }
}
