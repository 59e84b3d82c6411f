namespace MaskGen.ML.Results;

/// <summary>What the writers of a run share.</summary>
internal sealed class ResultRun
{
    /// <summary>What files are called.</summary>
    public required ResultNames Names { get; init; }

    /// <summary>Number of images.</summary>
    public required int ImageCount { get; init; }

    /// <summary>Heading of a page about all images.</summary>
    public required string Title { get; init; }

    /// <summary>How overlays are drawn.</summary>
    public required MaskOverlayOptions Overlay { get; init; }

    /// <summary>How masks are written where a format leaves a choice.</summary>
    public ResultFormatOptions Options { get; init; } = new();

    /// <summary>Numbers that a COCO data set keeps from those that the masks come from; null for none.</summary>
    public CocoNumbering? Numbering { get; init; }

    /// <summary>Images without results, and why; grows during the run.</summary>
    public required IReadOnlyList<HtmlReportFailure> Failures { get; init; }

    /// <summary>Numbers of the files per mask that an earlier run has left, by <see cref="ResultNames.MaskStemOf"/>.</summary>
    public required ILookup<string, int> MasksBefore { get; init; }

    /// <summary>Throws for a file that may not be written over or deleted: path, what would be there, and the image or null.</summary>
    public required Action<string, ResultKind, string?> ThrowUnlessReplaceable { get; init; }

    /// <summary>The file of an image, by its path as in <see cref="ResultImage.Path"/>; it need not exist where masks come from
    /// files.</summary>
    public required Func<string, string> FileOf { get; init; }

    /// <summary>Which image of its file an image is, from 1, by its path as in <see cref="ResultImage.Path"/>.</summary>
    public Func<string, int> PageOf { get; init; } = _ => 1;

    /// <summary>The way to an image from one of its results, with <c>/</c> between folders; its file name where there is no such
    /// image.</summary>
    /// <param name="image">The image, as in <see cref="ResultImage.Path"/>.</param>
    /// <param name="result">The file of the result.</param>
    public string WayTo(string image, string result) => FileOf(image) is var file && File.Exists(file)
        ? Way(Path.GetDirectoryName(Path.GetFullPath(result))!, file)
        : Path.GetFileName(image);

    /// <summary>As <see cref="WayTo"/>, where both paths were typed from the current folder; null where one begins above it, which would
    /// tell of somebody's machine, or there is no such image.</summary>
    public string? TypedWayTo(string image, string result) =>
        Path.IsPathRooted(FileOf(image)) || Path.IsPathRooted(result) || !File.Exists(FileOf(image)) ? null : WayTo(image, result);

    /// <summary>The way from a folder to a file or folder, with <c>/</c> between folders.</summary>
    public static string Way(string folder, string path) =>
        Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(path)).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>Path of a file of an image, which may be written over.</summary>
    /// <exception cref="IOException">It was not written by this command.</exception>
    public string Claim(ResultFormat.ImageFile file, string image)
    {
        var path = Names.PathOf(image, file);
        ThrowUnlessReplaceable(path, file.Kind, image);
        return path;
    }

    /// <summary>Numbers above a count of the files per mask of an image: those that were there when the run began, whatever their numbers,
    /// and those that another run has written meanwhile.</summary>
    public IReadOnlyList<int> LeftOverMasks(ResultFormat.MaskFile file, string image, int count)
    {
        var left = MasksBefore[ResultNames.MaskStemOf(image, file.Infix)].Where(number => number > count).ToHashSet();
        for (var number = count + 1; File.Exists(Names.PathOfMask(image, number, file.Infix)); number++)
        {
            left.Add(number);
        }

        return [.. left.Order()];
    }

    /// <summary>Path of a file about all images, which may be written over.</summary>
    /// <exception cref="IOException">It was not written by this command.</exception>
    public string Claim(ResultFormat.RunFile file)
    {
        var path = Path.Combine(Names.Folder, file.Name);
        ThrowUnlessReplaceable(path, file.Kind, null);
        return path;
    }
}
