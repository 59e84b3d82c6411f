using System.Globalization;
using MaskGen.ML.Files;

namespace MaskGen.ML.Results;

/// <summary>One page per image that shows its masks: a single file that opens from disk and loads nothing from anywhere.</summary>
/// <remarks>Masks are highlighted under the pointer; they can be filtered by predicted IoU and stability, sorted, browsed by keyboard
/// and copied as a COCO data set. The page carries the image and the masks' run lengths; masks are drawn in the browser as
/// <see cref="MaskOverlay"/> draws them, smaller ones on top; of candidates of one prompt the best one is shown and marked, the others
/// are in the list. All members are thread-safe.</remarks>
public static class HtmlReport
{
    /// <summary>Writes a page, whole or not at all.</summary>
    /// <param name="path">The file, whose name ends in <c>.html</c> or <c>.htm</c>; its folder must exist.</param>
    /// <param name="imageName">Name of the image, for the page and for <c>file_name</c> of copied data sets.</param>
    /// <param name="image">The image.</param>
    /// <param name="masks">Masks of that image.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">A name is empty, that of the file has another extension, an option is invalid, the masks are
    /// those of an image of another size, or it has more than 536,870,911 pixels.</exception>
    /// <exception cref="InsufficientMemoryException">There is not enough memory to encode a copy of the image.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, string imageName, RgbImage image, MaskSet masks, HtmlReportOptions? options = null) =>
        Save(path, imageName, image, masks, options, new ResultStamp(ResultKind.Page));

    /// <summary>Writes a page to a stream, which stays open; otherwise as
    /// <see cref="Save(string, string, RgbImage, MaskSet, HtmlReportOptions)"/>.</summary>
    /// <param name="stream">Where to; UTF-8 without a byte order mark.</param>
    /// <param name="imageName">Name of the image.</param>
    /// <param name="image">The image.</param>
    /// <param name="masks">Masks of that image.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">As for <see cref="Save(string, string, RgbImage, MaskSet, HtmlReportOptions)"/>.</exception>
    /// <exception cref="InsufficientMemoryException">There is not enough memory to encode a copy of the image.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(Stream stream, string imageName, RgbImage image, MaskSet masks, HtmlReportOptions? options = null) =>
        Write(stream, imageName, image, masks, options, new ResultStamp(ResultKind.Page));

    /// <summary>Writes a page to a stream asynchronously; otherwise as
    /// <see cref="Write(Stream, string, RgbImage, MaskSet, HtmlReportOptions)"/>.</summary>
    /// <param name="stream">Where to; never written to synchronously. Stays open.</param>
    /// <param name="imageName">Name of the image.</param>
    /// <param name="image">The image.</param>
    /// <param name="masks">Masks of that image.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellationToken">Stops before the page is made, and while writing; the stream then holds a part of it.</param>
    /// <remarks>The page is made in memory, on the calling thread.</remarks>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">As for <see cref="Save(string, string, RgbImage, MaskSet, HtmlReportOptions)"/>.</exception>
    /// <exception cref="InsufficientMemoryException">There is not enough memory to encode a copy of the image.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static Task WriteAsync(
        Stream stream,
        string imageName,
        RgbImage image,
        MaskSet masks,
        HtmlReportOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        Check(stream, imageName, image, masks, options);
        return BufferedOutput.WriteAsync(stream, buffer => Write(buffer, imageName, image, masks, options), cancellationToken);
    }

    /// <summary>Writes a page with a stamp.</summary>
    internal static void Save(string path, string imageName, RgbImage image, MaskSet masks, HtmlReportOptions? options, ResultStamp stamp)
    {
        FileNames.ThrowUnlessNamed(path, ".html", ".htm");
        AtomicFile.Write(path, stream => Write(stream, imageName, image, masks, options, stamp));
    }

    private static void Check(Stream stream, string imageName, RgbImage image, MaskSet masks, HtmlReportOptions? options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(imageName);
        ImageMasks.ThrowUnlessOf(image, masks);
        options?.Validate();
    }

    private static void Write(
        Stream stream, string imageName, RgbImage image, MaskSet masks, HtmlReportOptions? options, ResultStamp stamp)
    {
        Check(stream, imageName, image, masks, options);
        options ??= new HtmlReportOptions();
        var perPrompt = options.ShowsCandidatesApart ? PromptCandidates.CountPerPrompt(masks) : 1;
        var areAskedFor = options.AreAskedFor || PromptCandidates.AreAskedFor(masks, perPrompt);
        var thumbnail = ReportImage.Thumbnail(image, masks, perPrompt, areAskedFor);
        var summary = new HtmlReportSummary(imageName, image.Size, masks.Count, thumbnail) { Stamp = stamp };
        var parts = new Dictionary<string, Action<TextWriter>>
        {
            ["title"] = page => page.Write(HtmlTemplate.Encode(imageName)),
            ["subtitle"] = page => page.Write(HtmlTemplate.Encode(Subtitle(image.Size, masks.Count, options.Model))),
            ["summary"] = page => page.Write(HtmlTemplate.EncodeData(summary.ToMeta())),
            ["thumbnail"] = page => page.Write(thumbnail),
            ["back"] = page => page.Write(BackLink(options.IndexAddress)),
            ["css"] = page => page.Write(HtmlTemplate.Join("common.css", "stage.css", "report.css")),
            ["image"] = page => page.Write(ReportImage.Full(image)),
            ["data"] = page => page.Write(ReportData.ToJson(imageName, image.Size, masks, perPrompt, areAskedFor)),
            ["script"] = page => page.Write(HtmlScript.Join(HtmlScript.Report)),
        };
        HtmlEnd.Write(stream, writer => HtmlTemplate.Write(writer, HtmlTemplate.Read("report.html"), parts));
    }

    private static string Subtitle(ImageSize size, int count, string? model)
    {
        var masks = count == 1 ? "1 mask" : $"{count.ToString("N0", CultureInfo.InvariantCulture)} masks";
        return string.Join(" · ", new[] { $"{size.Width} × {size.Height}", masks, model }.OfType<string>());
    }

    private static string BackLink(string? address) =>
        address is null
            ? string.Empty
            : $"""<a class="back" href="{HtmlTemplate.EncodeData(address)}" aria-label="All images" title="All images">‹</a>""";
}
