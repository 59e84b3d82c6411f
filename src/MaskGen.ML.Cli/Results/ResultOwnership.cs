using MaskGen.ML.Files;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Results;

/// <summary>Decides whether a run may replace or delete a file that lies where one of its results goes: only what the same command has
/// written for an image of the same name.</summary>
internal static class ResultOwnership
{
    private const int ImagesNamed = 3;

    /// <summary>Says why a file must stay as it is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What the run would write there.</param>
    /// <param name="mode">The command.</param>
    /// <param name="stem">What the results of the image are named after; null for a file about several.</param>
    /// <param name="comparison">How the folder compares names.</param>
    /// <param name="isThorough">As for <see cref="ResultFile.Inspect(string, ResultKind, bool)"/>.</param>
    /// <returns>What the file is, to follow its name in a sentence; null where there is none, or it may be replaced.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string? WhyKept(string path, ResultKind kind, string mode, string? stem, StringComparison comparison, bool isThorough)
    {
        if (Directory.Exists(path))
        {
            return "is a folder";
        }

        if (new FileInfo(path) is { LinkTarget: { } target } link && !LeadsToAFile(link))
        {
            return $"is a link to {target}, where there is no file";
        }

        if (!File.Exists(path))
        {
            return null;
        }

        if (FileStatus.OfTarget(path) is { IsRegular: false })
        {
            return "is no file of bytes";
        }

        try
        {
            var state = ResultFile.Inspect(path, kind, isThorough);
            return state.Owner switch
            {
                ResultFileOwner.Nobody => null,
                ResultFileOwner.Other => "was not written by maskgen, or was changed since",
                _ => WhyKept(state.Stamp!, kind, mode, stem, comparison),
            };
        }
        catch (FileNotFoundException)
        {
            // Another run has just deleted it.
            return null;
        }
    }

    /// <summary>Says why a file about several images must stay as it is: it has masks of images that a run does not have.</summary>
    /// <param name="path">The file, which may be replaced otherwise.</param>
    /// <param name="file">What the run would write there.</param>
    /// <param name="images">Names of the images of the run.</param>
    /// <returns>What the file is, to follow its name in a sentence; null where there is none, or nothing would be lost.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static string? WhyKept(string path, ResultFormat.RunFile file, IReadOnlySet<string> images)
    {
        if (file.ImagesIn is not { } read || !File.Exists(path) || ResultFile.Inspect(path, file.Kind).Owner != ResultFileOwner.Us)
        {
            return null;
        }

        try
        {
            List<string> others = [.. read(path).Where(name => !images.Contains(name))];
            return others.Count == 0
                ? null
                : $"has masks of {others.Count} {(others.Count == 1 ? "image" : "images")} that this run does not have "
                    + $"({string.Join(", ", others.Take(ImagesNamed))}{(others.Count > ImagesNamed ? ", ..." : string.Empty)})";
        }
        catch (InvalidDataException)
        {
            // Cut off: nothing in it can be read any more.
            return null;
        }
    }

    // The same image has another path from another top.
    private static string LastPart(string stem) => stem[(stem.LastIndexOf('/') + 1)..];

    private static bool LeadsToAFile(FileInfo link)
    {
        try
        {
            return link.ResolveLinkTarget(returnFinalTarget: true) is { Exists: true };
        }
        catch (IOException)
        {
            // A circle of links.
            return false;
        }
    }

    private static string? WhyKept(ResultStamp stamp, ResultKind kind, string mode, string? stem, StringComparison comparison)
    {
        var isOfImage = stem is null
            || (stamp.ImageName is not null && string.Equals(LastPart(ResultNames.StemOf(stamp.ImageName)), LastPart(stem), comparison));
        if (stamp.Kind == kind && stamp.Mode == mode && isOfImage)
        {
            return null;
        }

        var image = stamp.ImageName is null ? string.Empty : $" for {stamp.ImageName}";
        return stamp.Mode is null
            ? "was written by a program that uses MaskGen.ML"
            : $"is a result of 'maskgen {ResultOrigin.CommandOf(stamp.Mode)}'{image}";
    }
}
