using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Files;
using MaskGen.ML.Masks;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Results;

/// <summary>Writes the result files of a run, each whole or not at all, and overwrites nothing but results of its own. Not safe for
/// concurrent use.</summary>
/// <param name="folder">The folder that they go to.</param>
/// <param name="formats">Which files, in the order of writing.</param>
/// <param name="overlay">How overlays are drawn; those of prompts show the prompts too.</param>
/// <param name="mode">The command, such as <see cref="ResultOrigin.Everything"/>.</param>
/// <param name="options">How masks are written where a format leaves a choice; null for the usual.</param>
internal sealed class ResultFiles(
    string folder, IReadOnlyList<ResultFormat> formats, MaskOverlayOptions overlay, string mode, ResultFormatOptions? options = null)
    : IDisposable
{
    private readonly OutputFolder _folder = new(folder);
    private readonly List<(ResultFormat Format, ResultWriter Writer)> _writers = [];
    private readonly List<HtmlReportFailure> _failures = [];
    private readonly ResultNames _names = new(folder, mode);
    private readonly Dictionary<string, InputFile> _paths = new(StringComparer.Ordinal);
    private Func<InputFile, string?, ResultOrigin>? _originOf;
    private long _crowds;
    private HashSet<string> _imageNames = [];

    /// <summary>The folder that they go to.</summary>
    public string Folder => folder;

    /// <summary>The command, and of masks from files what they are of.</summary>
    public string Mode => mode;

    /// <summary>A chosen format whose files are named as the images are, whatever the masks are of; null where there is none.</summary>
    public string? NamedAsImage =>
        formats.FirstOrDefault(format => format.FilesOfImage.Any(file => file.IsNamedAsImage))?.Name;

    /// <summary>Whether nothing can be written any more: the disk is full, the folder is gone or read-only, or the data set is broken.
    /// Computing more masks would be in vain.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Whether a chosen format needs the pixels of images, and not only their masks.</summary>
    public bool NeedsImages => formats.Any(format => format.NeedsImage);

    /// <summary>Whether a chosen format unpacks masks into pixels.</summary>
    public bool AreOfPixels => formats.Any(format => format.IsOfPixels);

    /// <summary>Whether a chosen format can carry crowds.</summary>
    public bool TakesCrowds => formats.Any(format => format.TakesCrowds);

    /// <summary>Refuses formats that need all pixels of an image, which are never in memory together where it is segmented by
    /// tiles.</summary>
    /// <exception cref="ArgumentException">One was chosen.</exception>
    public void ThrowUnlessReducible()
    {
        if (formats.FirstOrDefault(format => format.NeedsImage && !format.ShowsSmaller) is { } needy)
        {
            throw new ArgumentException(
                $"--tile: expected formats that need no more than a smaller version of the image, found {needy.Name}. Leave it out of"
                + " --format, or segment without --tile.");
        }
    }

    /// <summary>What the chosen formats could not carry, a line each; complete at the end of the run.</summary>
    public IEnumerable<string> Remarks => _writers.SelectMany(one => one.Writer.Remarks).Concat(CrowdRemarks());

    /// <summary>Plans the run, before anything is computed.</summary>
    /// <param name="images">Every image of the run.</param>
    /// <param name="model">The model; opened for its fingerprint when the first image is looked at, if it was not opened before.</param>
    /// <param name="settings">Every option that changes the masks; called when the first image is looked at.</param>
    /// <param name="otherInputs">Other files that the run reads; null for none.</param>
    /// <exception cref="ArgumentException">A file would be lost; the message names it.</exception>
    /// <exception cref="IOException">Results cannot be written to the folder.</exception>
    /// <exception cref="UnauthorizedAccessException">An older result may not be looked at.</exception>
    public void Begin(
        IReadOnlyList<InputFile> images, Sam2Model model, Func<ResultSettings> settings, IEnumerable<string>? otherInputs = null)
    {
        var known = new Lazy<(string Model, string Fingerprint, ResultSettings Settings)>(
            () => (ModelName.Of(model), model.Fingerprint, settings()));
        Begin(
            images,
            (image, sha256) => new ResultOrigin(
                mode, image.Name, sha256, known.Value.Model, known.Value.Fingerprint, known.Value.Settings),
            otherInputs);
    }

    /// <summary>Plans a run whose masks come from files.</summary>
    /// <param name="images">Every image of the run; they need not exist.</param>
    /// <param name="originOf">What the masks of an image were made of, by the image and its hash.</param>
    /// <param name="otherInputs">Other files that the run reads; null for none.</param>
    /// <param name="numbering">Numbers that a COCO data set keeps; null for none.</param>
    /// <exception cref="ArgumentException">A file would be lost; the message names it.</exception>
    /// <exception cref="IOException">Results cannot be written to the folder.</exception>
    /// <exception cref="UnauthorizedAccessException">An older result may not be looked at.</exception>
    public void Begin(
        IReadOnlyList<InputFile> images,
        Func<InputFile, string?, ResultOrigin> originOf,
        IEnumerable<string>? otherInputs = null,
        CocoNumbering? numbering = null)
    {
        _folder.Open();
        OutputFolder.Sweep(images.SelectMany(image => _names.FoldersOf(image.Name, formats)).Distinct().Select(_names.PathOf));
        var masksBefore = ResultPlan.Check(_names, formats, _folder, images, otherInputs ?? []);
        _originOf = originOf;
        foreach (var image in images)
        {
            _paths[image.Name] = image;
        }

        _imageNames = ResultPlan.NamesOf(images);

        var run = new ResultRun
        {
            Names = _names,
            ImageCount = images.Count,
            Title = TitleOf(images),
            Overlay = overlay with
            {
                ShowPrompts = ResultOrigin.IsOfPrompts(mode),
                ShowsCandidatesApart = ResultOrigin.IsOfPrompts(mode),
                AreAskedFor = ResultOrigin.IsOfPrompts(mode),
            },
            Options = options ?? new ResultFormatOptions(),
            FileOf = name => _paths[name].Path,
            PageOf = name => _paths[name].Page,
            Numbering = numbering,
            Failures = _failures,
            MasksBefore = masksBefore,
            ThrowUnlessReplaceable = ThrowUnlessReplaceable,
        };
        _writers.AddRange(formats.Select(format => (format, format.Begin(run))));
    }

    /// <summary>Whether an earlier run has written every file of an image, whole, from the same content with the same model and options.
    /// Its page and its records are then included in what is about all images.</summary>
    public bool IsDone(InputFile image)
    {
        var origin = _originOf!(image, InputImage.HashOf(image.Path));
        MaskSet? masks = null;
        if (origin.ImageSha256 is null || !AreDone(image.Name, origin, ref masks))
        {
            return false;
        }

        Add(image.Name, masks);
        return true;
    }

    /// <summary>Makes sure, before an image is computed, that its files may be written: what lies in their place may have come or been
    /// edited since the run was planned.</summary>
    /// <exception cref="IOException">One of them is somebody else's.</exception>
    public void ThrowIfTaken(InputFile image)
    {
        foreach (var (kind, name) in _names.Of(image.Name, formats))
        {
            ThrowUnlessReplaceable(_names.PathOf(name), kind, image.Name);
        }
    }

    /// <summary>Notes an image that has no results.</summary>
    public void AddFailure(InputFile image, string reason) => _failures.Add(
        new HtmlReportFailure { ImageName = image.Name, Reason = reason.Replace(image.Path, image.Name, StringComparison.Ordinal) });

    /// <summary>Writes the chosen files of one image.</summary>
    /// <param name="file">The image.</param>
    /// <param name="input">What was read of it.</param>
    /// <param name="masks">Its masks.</param>
    /// <returns>Their paths.</returns>
    /// <exception cref="IOException">A file cannot be written, or is somebody else's by now; see <see cref="IsLost"/>.</exception>
    public IReadOnlyList<string> Write(InputFile file, InputImage input, MaskSet masks) => Write(file, input.Image, input.Sha256, masks);

    /// <summary>Writes the chosen files of one image whose masks come from a file.</summary>
    /// <param name="file">The image.</param>
    /// <param name="pixels">The image itself, or a smaller version where it is segmented by tiles; null where none is needed.</param>
    /// <param name="sha256">Hash of its file; null if it is not known.</param>
    /// <param name="masks">Its masks.</param>
    /// <returns>Their paths.</returns>
    /// <exception cref="IOException">A file cannot be written, or is somebody else's by now; see <see cref="IsLost"/>.</exception>
    public IReadOnlyList<string> Write(InputFile file, RgbImage? pixels, string? sha256, MaskSet masks)
    {
        try
        {
            foreach (var inner in _names.FoldersOf(file.Name, formats))
            {
                _folder.Make(_names.PathOf(inner));
            }

            var image = new ResultImage(file.Name, pixels, masks, _originOf!(file, sha256));
            var objects = image with { Masks = SourceAnnotation.WithoutCrowds(masks) };
            _crowds += masks.Count - objects.Masks.Count;

            // Two formats may share a file.
            List<string> written = [.. _writers.SelectMany(one => one.Writer.Write(Shown(one.Format))).Distinct()];
            Add(file.Name, masks);
            return written;

            // Masks of the size of the image that a format shows.
            ResultImage Shown(ResultFormat format)
            {
                var content = format.TakesCrowds ? image : objects;
                return format.NeedsImage && pixels is not null
                    ? content with { Masks = SmallerMasks.Of(content.Masks, pixels.Size) }
                    : content;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            IsLost |= WriteErrors.IsDiskFull(e) || !_folder.CanBeWritten();
            throw;
        }
    }

    /// <summary>Writes what is about all images together, the last format first: pages are listed when the data set is whole.</summary>
    /// <returns>The paths of the files.</returns>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public IReadOnlyList<string> Complete() =>
        IsLost ? [] : [.. Enumerable.Reverse(_writers).Select(one => one.Writer.Complete()).OfType<string>()];

    public void Dispose()
    {
        _writers.ForEach(one => one.Writer.Dispose());
        _folder.Dispose();
    }

    private IEnumerable<string> CrowdRemarks()
    {
        var without = string.Join(", ", formats.Where(format => !format.TakesCrowds).Select(format => format.Name));
        return _crowds == 0 || without.Length == 0
            ? []
            : [$"{without}: crowds (iscrowd), which are no single objects, left out: {_crowds}"];
    }

    // Images of one folder, or below one, are known by it.
    private string TitleOf(IReadOnlyList<InputFile> images)
    {
        var folders = images.DistinctBy(image => (Path.GetDirectoryName(image.Path), ResultNames.FolderOf(image.Name)))
            .Select(image => image.Root())
            .Distinct()
            .ToList();
        var named = Path.GetFileName(
            Path.TrimEndingDirectorySeparator(folders.Count == 1 ? folders[0] ?? folder : Path.GetFullPath(folder)));
        return named.Length > 0 ? named : "images";
    }

    private bool AreDone(string name, ResultOrigin origin, ref MaskSet? masks)
    {
        try
        {
            foreach (var (_, writer) in _writers)
            {
                if (!writer.IsDone(name, origin, ref masks))
                {
                    return false;
                }
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return false;
        }
    }

    private void Add(string name, MaskSet? masks)
    {
        try
        {
            var objects = masks is null ? null : SourceAnnotation.WithoutCrowds(masks);
            _writers.ForEach(one => one.Writer.Add(name, one.Format.TakesCrowds ? masks : objects));
        }
        catch
        {
            // A file about all images that lacks one, or has half of one, is worth nothing.
            IsLost = true;
            throw;
        }
    }

    // At the last moment, for what has come while the image was computed.
    private void ThrowUnlessReplaceable(string path, ResultKind kind, string? name)
    {
        if (name is not null && kind.IsCopyOfImage && _paths[name].Path is var image
            && (!File.Exists(image) || YoloImages.AreOneFile(path, image) || YoloImages.AreEqual(path, image)))
        {
            return;
        }

        var stem = name is null ? null : ResultNames.StemOf(name);
        if (ResultOwnership.WhyKept(path, kind, mode, stem, _folder.NameComparison, isThorough: true) is { } why)
        {
            throw new IOException($"{path} {why}; it is not written over. Move it away, or choose another --out.");
        }

        // Another run may have put it there meanwhile.
        var file = name is not null
            ? null
            : formats.Select(format => format.FileOfRun(_names, _paths.Count)).OfType<ResultFormat.RunFile>()
                .FirstOrDefault(file => file.Kind == kind);
        if (file is not null && ResultOwnership.WhyKept(path, file, _imageNames) is { } others)
        {
            throw new IOException($"{path} {others}; it is not written over. Run all images together, or choose another --out.");
        }
    }
}
