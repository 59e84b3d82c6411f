using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Results;

/// <summary>Decides whether an earlier run has done an image: every file is there, whole, and of the same image content, model and
/// options.</summary>
/// <param name="names">What files are called.</param>
/// <param name="formats">Which files there must be.</param>
/// <param name="drawing">Options of drawing.</param>
internal sealed class FinishedResults(ResultNames names, ResultFormats formats, string drawing)
{
    /// <summary>Reads the results of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="origin">What they must be of.</param>
    /// <param name="masks">The masks, where records are among the formats and the image is done.</param>
    /// <returns>Whether the image is done; not where a file cannot be read.</returns>
    public bool TryRead(string image, ResultOrigin origin, out MaskSet? masks)
    {
        masks = null;
        if (origin.ImageSha256 is null)
        {
            return false;
        }

        try
        {
            return Has(ResultFormats.Overlay, () => IsWholeOverlay(image, origin))
                && Has(ResultFormats.Png, () => AreWholeMasks(image, origin))
                && Has(ResultFormats.Html, () => IsWholePage(names.PathOf(image, ResultKind.Page), origin))
                && (!formats.HasFlag(ResultFormats.Json) || AreWholeRecords(names.PathOf(image, ResultKind.Records), origin, out masks));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>What a file of an image says of itself.</summary>
    public ResultStamp StampOf(ResultKind kind, ResultOrigin origin) =>
        ResultStamp.Of(kind, origin) with { Drawing = kind == ResultKind.Overlay ? drawing : null };

    private bool Has(ResultFormats format, Func<bool> isWhole) => !formats.HasFlag(format) || isWhole();

    private static bool AreWholeRecords(string path, ResultOrigin origin, out MaskSet? masks)
    {
        masks = null;
        var file = MasksJsonReader.Read(path);
        if (file.Stamp is null || !file.Stamp.IsSameWork(ResultStamp.Of(ResultKind.Records, origin)) || !JsonEnd.IsWhole(path))
        {
            return false;
        }

        masks = file.Masks;
        return true;
    }

    private static bool IsWholePage(string path, ResultOrigin origin) =>
        HtmlReportSummary.Read(path).Stamp is { } stamp
        && stamp.IsSameWork(ResultStamp.Of(ResultKind.Page, origin))
        && HtmlEnd.IsWhole(path);

    private bool IsWholeOverlay(string image, ResultOrigin origin) =>
        IsWholePng(names.PathOf(image, ResultKind.Overlay), StampOf(ResultKind.Overlay, origin)) is not null;

    // The label map says how many masks belong to it.
    private bool AreWholeMasks(string image, ResultOrigin origin)
    {
        if (IsWholePng(names.PathOf(image, ResultKind.Labels), StampOf(ResultKind.Labels, origin)) is not { MaskCount: { } count })
        {
            return false;
        }

        var expected = StampOf(ResultKind.Mask, origin);
        return Enumerable.Range(1, count).All(number => IsWholePng(names.PathOfMask(image, number), expected)?.MaskNumber == number);
    }

    private static ResultStamp? IsWholePng(string path, ResultStamp expected)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var png = PngFile.Inspect(stream);
        return png is { IsWhole: true, IsAsStamped: true } && png.Stamp!.IsSameWork(expected) ? png.Stamp : null;
    }
}
