using MaskGen.ML.Cli.Inputs;
using MaskGen.ML.Files;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Results;

/// <summary>Writes the result files of a run, each whole or not at all, and overwrites nothing but results of its own. Not safe for
/// concurrent use.</summary>
/// <param name="folder">The folder that they go to.</param>
/// <param name="formats">Which files.</param>
/// <param name="withNumbers">Whether overlays show the number of each mask.</param>
/// <param name="mode">The command, <see cref="ResultOrigin.Everything"/> or <see cref="ResultOrigin.Prompt"/>.</param>
internal sealed class ResultFiles(string folder, ResultFormats formats, bool withNumbers, string mode) : IDisposable
{
    // Each is a file that is open for a moment.
    private const int MasksAtOnce = 64;

    private readonly ResultNames _names = new(folder, mode);
    private readonly OutputFolder _folder = new(folder);
    private readonly List<string> _pages = [];
    private readonly List<(string Image, string Reason)> _failures = [];
    private FinishedResults? _finished;
    private Func<string, string?, ResultOrigin>? _originOf;
    private ILookup<string, int>? _masksBefore;
    private CocoDatasetWriter? _coco;
    private bool _hasPageList;
    private string _title = string.Empty;

    /// <summary>Whether nothing can be written any more: the disk is full, the folder is gone or read-only, or the data set cannot go on.
    /// What would be computed after that would be for nothing.</summary>
    public bool IsLost { get; private set; }

    private bool WithPrompts => mode == ResultOrigin.Prompt;

    // Canonical: it is compared.
    private string Drawing => $"numbers={(withNumbers ? 1 : 0)},prompts={(WithPrompts ? 1 : 0)}";

    /// <summary>Plans the run, before anything is computed.</summary>
    /// <param name="images">Every image of the run.</param>
    /// <param name="model">The model; opened for its fingerprint when the first image is looked at, where nobody has before.</param>
    /// <param name="settings">Every option that changes the masks; asked for when the first image is looked at.</param>
    /// <param name="otherInputs">Other files that the run reads; null for none.</param>
    /// <exception cref="ArgumentException">A file would be lost; the message names it.</exception>
    /// <exception cref="IOException">Results cannot be written to the folder.</exception>
    /// <exception cref="UnauthorizedAccessException">An older result may not be looked at.</exception>
    public void Begin(
        IReadOnlyList<string> images, Sam2Model model, Func<ResultSettings> settings, IEnumerable<string>? otherInputs = null)
    {
        _folder.Open();
        _masksBefore = ResultPlan.Check(_names, formats, _folder, images, otherInputs ?? []);
        _hasPageList = formats.HasFlag(ResultFormats.Html) && images.Count > 1;
        _finished = new FinishedResults(_names, formats, Drawing);
        var known = new Lazy<(string Model, string Fingerprint, ResultSettings Settings)>(
            () => (ModelName.Of(model), model.Fingerprint, settings()));
        _originOf = (image, sha256) =>
            new ResultOrigin(mode, Path.GetFileName(image), sha256, known.Value.Model, known.Value.Fingerprint, known.Value.Settings);

        // Images of one folder are known by it.
        var folders = images.Select(image => Path.GetDirectoryName(Path.GetFullPath(image))).Distinct().ToList();
        var named = Path.GetFileName(
            Path.TrimEndingDirectorySeparator(folders.Count == 1 ? folders[0] ?? folder : Path.GetFullPath(folder)));
        _title = named.Length > 0 ? named : "images";
    }

    /// <summary>Whether an earlier run has written every file of an image, whole, from the same content with the same model and options.
    /// Its page and its records then go into what is about all images.</summary>
    public bool IsDone(string image)
    {
        if (!_finished!.TryRead(image, _originOf!(image, InputImage.HashOf(image)), out var masks))
        {
            return false;
        }

        if (formats.HasFlag(ResultFormats.Html))
        {
            _pages.Add(_names.PathOf(image, ResultKind.Page));
        }

        AddToDataset(image, masks);
        return true;
    }

    /// <summary>Makes sure, before an image is computed, that its files may be written: what lies in their place may have come or been
    /// edited since the run was planned.</summary>
    /// <exception cref="IOException">One of them is somebody else's.</exception>
    public void ThrowIfTaken(string image)
    {
        foreach (var (_, kind, name) in _names.Of(image, formats))
        {
            ThrowUnlessReplaceable(Path.Combine(folder, name), kind, image);
        }
    }

    /// <summary>Notes an image that has no results.</summary>
    public void AddFailure(string image, string reason) =>
        _failures.Add((Path.GetFileName(image), reason.Replace(image, Path.GetFileName(image), StringComparison.Ordinal)));

    /// <summary>Writes the chosen files of one image.</summary>
    /// <returns>Their paths; those of a label map stand for the masks beside it.</returns>
    /// <exception cref="IOException">A file cannot be written, or is somebody else's by now; see <see cref="IsLost"/>.</exception>
    public IReadOnlyList<string> Write(InputImage input, MaskSet masks)
    {
        try
        {
            return WriteFiles(input, masks);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            IsLost |= WriteErrors.IsDiskFull(e) || !_folder.CanBeWritten();
            throw;
        }
    }

    /// <summary>Writes what is about all images together.</summary>
    /// <returns>The paths of the files.</returns>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public IReadOnlyList<string> Complete()
    {
        var written = new List<string>();
        if (_coco is not null && !IsLost)
        {
            var dataset = Path.Combine(folder, _names.Dataset);
            ThrowUnlessReplaceable(dataset, ResultKind.Dataset, image: null);
            _coco.Complete();
            written.Add(dataset);
        }

        if (_hasPageList && !IsLost)
        {
            var list = Path.Combine(folder, _names.PageList);
            ThrowUnlessReplaceable(list, ResultKind.PageList, image: null);
            HtmlReportIndex.Save(list, _title, _pages, _failures, new ResultStamp(ResultKind.PageList) { Mode = mode });
            written.Add(list);
        }

        return written;
    }

    public void Dispose()
    {
        _coco?.Dispose();
        _folder.Dispose();
    }

    private List<string> WriteFiles(InputImage input, MaskSet masks)
    {
        var (image, origin) = (input.Path, _originOf!(input.Path, input.Sha256));
        var written = new List<string>();
        foreach (var (_, kind, name) in _names.Of(image, formats))
        {
            var path = Path.Combine(folder, name);
            ThrowUnlessReplaceable(path, kind, image);
            var stamp = _finished!.StampOf(kind, origin) with { MaskCount = masks.Count };
            switch (kind)
            {
                case ResultKind.Records:
                    MasksJson.Save(path, origin, masks);
                    break;
                case ResultKind.Overlay:
                    var drawn = new MaskOverlayOptions { ShowPrompts = WithPrompts, ShowNumbers = withNumbers };
                    MaskOverlay.Save(path, input.Image, masks, drawn, stamp);
                    break;
                case ResultKind.Page:
                    var options = new HtmlReportOptions { Model = origin.Model, IndexAddress = _hasPageList ? _names.PageList : null };
                    HtmlReport.Save(path, origin.ImageName, input.Image, masks, options, stamp);
                    _pages.Add(path);
                    break;
                default:
                    WriteMasks(image, path, masks, stamp);
                    break;
            }

            written.Add(path);
        }

        AddToDataset(image, masks);
        return written;
    }

    private void WriteMasks(string image, string labelsPath, MaskSet masks, ResultStamp stamp)
    {
        // The last file to be written says that all are there: an older one must not say so meanwhile.
        File.Delete(labelsPath);
        foreach (var numbers in Enumerable.Range(1, masks.Count).Chunk(MasksAtOnce))
        {
            WriteMasks(image, masks, numbers, stamp with { Kind = ResultKind.Mask, MaskCount = null });
        }

        // An earlier run may have found more; what is left of it would pass for masks of this one.
        foreach (var number in LeftOverMasks(image, masks.Count))
        {
            var path = _names.PathOfMask(image, number);
            ThrowUnlessReplaceable(path, ResultKind.Mask, image);
            File.Delete(path);
        }

        LabelMap.FromMasks(masks).SavePng(labelsPath, stamp);
    }

    private void WriteMasks(string image, MaskSet masks, int[] numbers, ResultStamp stamp)
    {
        var files = new List<AtomicFile>();
        try
        {
            foreach (var number in numbers)
            {
                var path = _names.PathOfMask(image, number);
                ThrowUnlessReplaceable(path, ResultKind.Mask, image);
                files.Add(MaskPng.Begin(path, masks[number - 1].Segmentation, stamp with { MaskNumber = number }));
            }

            AtomicFile.CompleteAll(files);
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    // Those that were there when the run began, whatever their numbers, and those that another run has written meanwhile.
    private List<int> LeftOverMasks(string image, int count)
    {
        var left = _masksBefore![ResultNames.StemOf(image)].Where(number => number > count).ToHashSet();
        for (var number = count + 1; File.Exists(_names.PathOfMask(image, number)); number++)
        {
            left.Add(number);
        }

        return [.. left.Order()];
    }

    private void AddToDataset(string image, MaskSet? masks)
    {
        if (!formats.HasFlag(ResultFormats.Coco))
        {
            return;
        }

        try
        {
            var path = Path.Combine(folder, _names.Dataset);
            _coco ??= new CocoDatasetWriter(path, options: null, new ResultStamp(ResultKind.Dataset) { Mode = mode });
            _coco.AddImage(Path.GetFileName(image), masks!);
        }
        catch
        {
            // A data set that lacks an image, or has half of one, is worth nothing.
            IsLost = true;
            throw;
        }
    }

    // At the last moment, for what has come while the image was computed.
    private void ThrowUnlessReplaceable(string path, ResultKind kind, string? image)
    {
        var stem = image is null ? null : ResultNames.StemOf(image);
        if (ResultOwnership.WhyKept(path, kind, mode, stem, _folder.NameComparison, isThorough: true) is { } why)
        {
            throw new IOException($"{path} {why}; it is not written over. Move it away, or choose another --out.");
        }
    }
}
