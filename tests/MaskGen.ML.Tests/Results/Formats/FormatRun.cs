using MaskGen.ML.Results;

namespace MaskGen.ML.Tests.Results;

/// <summary>Writes images in one format, as a run does.</summary>
internal sealed class FormatRun : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly ResultFormat _format;
    private readonly ResultRun _run;
    private readonly ResultWriter _writer;

    public FormatRun(string format, ResultFormatOptions? options = null, FormatRun? earlier = null, string mode = ResultOrigin.Everything)
    {
        _folder = earlier?._folder ?? _folder;
        Directory.CreateDirectory(_folder["out"]);
        _format = ResultFormats.Find(format)!;
        _run = new ResultRun
        {
            Names = new ResultNames(_folder["out"], mode),
            ImageCount = 1,
            Title = "images",
            Overlay = new MaskOverlayOptions(),
            Options = options ?? new ResultFormatOptions(),
            Failures = [],
            FileOf = ImagePath,
            MasksBefore = Array.Empty<string>().ToLookup(name => name, _ => 0),
            ThrowUnlessReplaceable = (path, kind, _) =>
            {
                if (File.Exists(path))
                {
                    Assert.NotEqual(ResultFileOwner.Other, ResultFile.Inspect(path, kind).Owner);
                }
            },
        };
        _writer = _format.Begin(_run);
    }

    public IEnumerable<string> Remarks => _writer.Remarks;

    /// <summary>Names of the files that there are, with their folders.</summary>
    public IEnumerable<string> Files => Directory.GetFiles(_folder["out"], "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(_folder["out"], path).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);

    public string this[string name] => Path.Combine(_folder["out"], name);

    /// <summary>Path of an image of the run, in a folder beside the results.</summary>
    public string ImagePath(string name) => _folder[Path.Combine("images", name)];

    /// <summary>Writes an image.</summary>
    public IReadOnlyList<string> Write(string image, MaskSet masks, RgbImage? pixels = null)
    {
        Directory.CreateDirectory(_folder["images"]);
        var path = ImagePath(image);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        foreach (var folder in _run.Names.FoldersOf(image, [_format]))
        {
            Directory.CreateDirectory(_run.Names.PathOf(folder));
        }

        if (!File.Exists(path))
        {
            File.WriteAllText(path, $"{image} is not decoded, only copied.");
        }

        var files = _writer.Write(new ResultImage(image, pixels ?? ReportPages.Plain(masks.ImageSize), masks, Origin(image)));
        _writer.Add(image, masks);
        return files;
    }

    public string? Complete() => _writer.Complete();

    /// <summary>Whether the image counts as done.</summary>
    public bool IsDone(string image, string? sha256 = null)
    {
        MaskSet? masks = null;
        return _writer.IsDone(image, sha256 is null ? Origin(image) : Origin(image) with { ImageSha256 = sha256 }, ref masks);
    }

    public void Dispose()
    {
        _writer.Dispose();
        if (Directory.Exists(_folder.Path))
        {
            _folder.Dispose();
        }
    }

    private ResultOrigin Origin(string image) =>
        ResultSamples.Origin with { ImageName = image, ImageSha256 = YoloImages.HashOf(ImagePath(image)) };
}
