using System.Text.Json;

namespace MaskGen.ML.Cli;

/// <summary>Kinds of files that a run writes.</summary>
[Flags]
internal enum ResultFormats
{
    /// <summary>SAM 2's records, a file per picture.</summary>
    Json = 1,

    /// <summary>The picture with its masks drawn over it.</summary>
    Overlay = 2,

    /// <summary>One COCO data set over all pictures of the run.</summary>
    Coco = 4,

    /// <summary>A page per picture, and one that lists them when there are several.</summary>
    Html = 8,

    /// <summary>A label map per picture, and a picture per mask.</summary>
    Png = 16,
}

/// <summary>Names and writes the result files of a run, each whole or not at all. Not safe for concurrent use.</summary>
internal sealed class ResultFiles(string folder, ResultFormats formats, bool withNumbers) : IDisposable
{
    private const string CocoName = "annotations.coco.json";
    private const string IndexName = "index.html";
    private const string PageEnding = ".html";
    private const string JsonEnding = ".masks.json";

    // The last file of a kind to be written, where there are several: the label map comes after its masks.
    private static readonly (ResultFormats Format, string Ending)[] PictureFiles =
    [
        (ResultFormats.Json, JsonEnding), (ResultFormats.Overlay, ".overlay.png"), (ResultFormats.Html, PageEnding), (ResultFormats.Png, ".labels.png"),
    ];

    private readonly Dictionary<string, string> _sources = new(StringComparer.Ordinal);
    private readonly List<string> _pages = [];
    private readonly List<(string Image, string Reason)> _failures = [];
    private CocoDatasetWriter? _coco;
    private HashSet<string> _inputs = [];
    private string _title = string.Empty;
    private string _model = string.Empty;

    private bool HasIndex => formats.HasFlag(ResultFormats.Html) && _inputs.Count > 1;

    /// <summary>Learns what the run is about.</summary>
    /// <param name="images">Every picture of the run.</param>
    /// <param name="model">Name of the model, which files of an earlier run must be of to count as done.</param>
    public void Begin(IReadOnlyList<string> images, string model)
    {
        _inputs = images.Select(Path.GetFullPath).ToHashSet(StringComparer.Ordinal);
        _model = model;

        // Pictures of one folder are known by it.
        var folders = images.Select(image => Path.GetDirectoryName(Path.GetFullPath(image))).Distinct().ToList();
        var named = Path.GetFileName(Path.TrimEndingDirectorySeparator(folders.Count == 1 ? folders[0] ?? folder : Path.GetFullPath(folder)));
        _title = named.Length > 0 ? named : "pictures";
    }

    /// <summary>Makes sure that a picture's files do not overwrite another's, nor a picture of the run.</summary>
    /// <exception cref="IOException">They would.</exception>
    public void ThrowIfTaken(string image)
    {
        var name = Path.GetFileNameWithoutExtension(image);
        if (name.Length == 0)
        {
            throw new IOException($"{image}: expected a name before the extension, after which the results are named, found none.");
        }

        if (_sources.TryGetValue(name, out var other))
        {
            throw new IOException($"{image}: would overwrite the results of {other}, which has the same name; run it with another --out.");
        }

        if (HasIndex && name + PageEnding == IndexName)
        {
            throw new IOException($"{image}: its page would have the name of the list of pages, {IndexName}; run it by itself with another --out.");
        }

        if (PictureFiles.FirstOrDefault(file => formats.HasFlag(file.Format) && _inputs.Contains(Path.GetFullPath(Stem(image) + file.Ending))) is { Ending: { } ending })
        {
            throw new IOException($"{image}: would overwrite the picture {Stem(image) + ending}; run it with another --out.");
        }
    }

    /// <summary>Whether an earlier run has written every file of a picture; files are written whole or not at all, so what is there is whole.
    /// Such a picture's page goes into the list of pages.</summary>
    /// <remarks>Records of another picture or model do not count; which thresholds they were made with is not written anywhere.</remarks>
    public bool IsDone(string image)
    {
        var stem = Stem(image);
        var isDone = PictureFiles.All(file => !formats.HasFlag(file.Format) || File.Exists(stem + file.Ending))
            && (!formats.HasFlag(ResultFormats.Json) || IsOf(stem + JsonEnding, Path.GetFileName(image)))
            && (!formats.HasFlag(ResultFormats.Html) || HtmlReportIndex.IsReport(stem + PageEnding));
        if (isDone)
        {
            _sources.Add(Path.GetFileNameWithoutExtension(image), image);
        }

        if (isDone && formats.HasFlag(ResultFormats.Html))
        {
            _pages.Add(stem + PageEnding);
        }

        return isDone;
    }

    /// <summary>Notes a picture that has no results.</summary>
    public void AddFailure(string image, string reason) => _failures.Add((Path.GetFileName(image), reason.Replace(image, Path.GetFileName(image), StringComparison.Ordinal)));

    /// <summary>Writes the chosen files of one picture.</summary>
    /// <returns>Their paths; those of a label map stand for the masks beside it.</returns>
    public IReadOnlyList<string> Write(string imagePath, RgbImage image, string model, MaskSet masks, bool arePrompted)
    {
        Directory.CreateDirectory(folder);
        var (name, stem) = (Path.GetFileName(imagePath), Stem(imagePath));
        var written = new List<string>();
        if (Take(ResultFormats.Json, stem + JsonEnding) is { } json)
        {
            Action<string, string, string, MaskSet> save = arePrompted ? MasksJson.SavePrompted : MasksJson.Save;
            save(json, name, model, masks);
        }

        if (Take(ResultFormats.Overlay, $"{stem}.overlay.png") is { } overlay)
        {
            MaskOverlay.Save(overlay, image, masks, withPrompts: arePrompted, withNumbers);
        }

        if (Take(ResultFormats.Html, stem + PageEnding) is { } page)
        {
            HtmlReport.Save(page, name, image, masks, new HtmlReportOptions { Model = model, IndexAddress = HasIndex ? IndexName : null });
            _pages.Add(page);
        }

        if (Take(ResultFormats.Png, $"{stem}.labels.png") is { } labels)
        {
            WritePictures(labels, masks);
        }

        if (formats.HasFlag(ResultFormats.Coco))
        {
            _coco ??= new CocoDatasetWriter(Path.Combine(folder, CocoName));
            _coco.AddImage(name, masks);
        }

        _sources.Add(Path.GetFileNameWithoutExtension(imagePath), imagePath);
        return written;

        string? Take(ResultFormats format, string path)
        {
            if (!formats.HasFlag(format))
            {
                return null;
            }

            written.Add(path);
            return path;
        }
    }

    /// <summary>Writes what is about all pictures together.</summary>
    /// <returns>The paths of the files.</returns>
    public IReadOnlyList<string> Complete()
    {
        var written = new List<string>();
        if (_coco is not null)
        {
            _coco.Complete();
            written.Add(Path.Combine(folder, CocoName));
        }

        if (HasIndex)
        {
            Directory.CreateDirectory(folder);
            var index = Path.Combine(folder, IndexName);
            HtmlReportIndex.Save(index, _title, _pages, _failures);
            written.Add(index);
        }

        return written;
    }

    public void Dispose() => _coco?.Dispose();

    private string Stem(string image) => Path.Combine(folder, Path.GetFileNameWithoutExtension(image));

    private bool IsOf(string recordsPath, string image)
    {
        try
        {
            using var stream = File.OpenRead(recordsPath);
            using var records = JsonDocument.Parse(stream);
            return records.RootElement.GetProperty("image").GetString() == image && records.RootElement.GetProperty("model").GetString() == _model;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Not what this program writes.
            return false;
        }
    }

    private static void WritePictures(string labelsPath, MaskSet masks)
    {
        var (folder, name) = (Path.GetDirectoryName(labelsPath)!, Path.GetFileNameWithoutExtension(Path.GetFileNameWithoutExtension(labelsPath)));

        // The last file to be written says that all are there: an older one must not say so meanwhile.
        File.Delete(labelsPath);
        for (var i = 0; i < masks.Count; i++)
        {
            MaskPng.Save(PathOf(i), masks[i].Segmentation);
        }

        // An earlier run may have found more; what is left of it would pass for masks of this one.
        for (var i = masks.Count; File.Exists(PathOf(i)); i++)
        {
            File.Delete(PathOf(i));
        }

        LabelMap.FromMasks(masks).SavePng(labelsPath);

        string PathOf(int index) => Path.Combine(folder, MaskPng.FileName(name, index));
    }
}
