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

    // The last file of a kind to be written, where there are several: the label map comes after its masks.
    private static readonly (ResultFormats Format, string Ending)[] PictureFiles =
    [
        (ResultFormats.Json, ".masks.json"), (ResultFormats.Overlay, ".overlay.png"), (ResultFormats.Html, PageEnding), (ResultFormats.Png, ".labels.png"),
    ];

    private readonly Dictionary<string, string> _sources = new(StringComparer.Ordinal);
    private readonly List<string> _pages = [];
    private readonly List<(string Image, string Reason)> _failures = [];
    private CocoDatasetWriter? _coco;

    /// <summary>Makes sure that no two pictures of a run write the same files.</summary>
    /// <exception cref="IOException">Another picture of the run has that name.</exception>
    public void Claim(string image)
    {
        var name = Path.GetFileNameWithoutExtension(image);
        if (!_sources.TryAdd(name, image))
        {
            throw new IOException($"{image}: would overwrite the results of {_sources[name]}, which has the same name; run it with another --out.");
        }
    }

    /// <summary>Whether an earlier run has written every file of a picture; files are written whole or not at all, so what is there is whole.
    /// Such a picture's page goes into the list of pages.</summary>
    public bool IsDone(string image)
    {
        var stem = Path.Combine(folder, Path.GetFileNameWithoutExtension(image));
        var isDone = PictureFiles.All(file => !formats.HasFlag(file.Format) || File.Exists(stem + file.Ending));
        if (isDone && formats.HasFlag(ResultFormats.Html))
        {
            _pages.Add(stem + PageEnding);
        }

        return isDone;
    }

    /// <summary>Notes a picture that has no results.</summary>
    public void AddFailure(string image, string reason) => _failures.Add((Path.GetFileName(image), reason));

    /// <summary>Writes the chosen files of one picture.</summary>
    /// <returns>Their paths; those of a label map stand for the masks beside it.</returns>
    public IReadOnlyList<string> Write(string imagePath, RgbImage image, string model, MaskSet masks, bool arePrompted)
    {
        Directory.CreateDirectory(folder);
        var (name, stem) = (Path.GetFileName(imagePath), Path.Combine(folder, Path.GetFileNameWithoutExtension(imagePath)));
        var written = new List<string>();
        if (Take(ResultFormats.Json, $"{stem}.masks.json") is { } json)
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
            HtmlReport.Save(page, name, image, masks, new HtmlReportOptions { Model = model });
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

        if (_pages.Count > 1)
        {
            var index = Path.Combine(folder, IndexName);
            HtmlReportIndex.Save(index, Path.GetFileName(Path.GetFullPath(folder)), _pages, _failures);
            written.Add(index);
        }

        return written;
    }

    public void Dispose() => _coco?.Dispose();

    private static void WritePictures(string labelsPath, MaskSet masks)
    {
        var (folder, name) = (Path.GetDirectoryName(labelsPath)!, Path.GetFileNameWithoutExtension(Path.GetFileNameWithoutExtension(labelsPath)));
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
