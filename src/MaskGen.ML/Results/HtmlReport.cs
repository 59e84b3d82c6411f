using System.Globalization;
using System.Text;
using MaskGen.ML.Files;
using MaskGen.ML.Results;
using static System.Net.WebUtility;

namespace MaskGen.ML;

/// <summary>One page per image that shows its masks: a single file that opens from disk and loads nothing from anywhere.</summary>
/// <remarks>The masks light up under the pointer; they can be filtered by predicted IoU and stability, sorted, walked through by keyboard
/// and copied as a COCO data set. The page carries the picture and the masks' run lengths; masks are drawn in the browser, smaller ones
/// on top. All members are thread-safe.</remarks>
public static class HtmlReport
{
    /// <summary>Writes a page, whole or not at all.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="imageName">Name of the picture, as it shall stand in the page and in <c>file_name</c> of copied data sets.</param>
    /// <param name="image">The picture.</param>
    /// <param name="masks">Masks of that picture.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">The name is empty, the masks are those of a picture of another size, or there are more than
    /// <see cref="LabelMap.MaximumMasks"/> of them.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, string imageName, RgbImage image, MaskSet masks, HtmlReportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => Write(stream, imageName, image, masks, options));
    }

    /// <summary>Writes a page to a stream, which stays open; otherwise as <see cref="Save"/>.</summary>
    /// <inheritdoc cref="Save"/>
    /// <param name="stream">Where to; UTF-8 without a byte order mark.</param>
    /// <param name="imageName">Name of the picture.</param>
    /// <param name="image">The picture.</param>
    /// <param name="masks">Masks of that picture.</param>
    /// <param name="options">Null for the defaults.</param>
    public static void Write(Stream stream, string imageName, RgbImage image, MaskSet masks, HtmlReportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(imageName);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(masks);
        if (masks.Count > 0 && masks.ImageSize != image.Size)
        {
            throw new ArgumentException($"Expected masks of a {image.Size} picture, found masks of {masks.ImageSize}.", nameof(masks));
        }

        options ??= new HtmlReportOptions();
        var thumbnail = ReportPicture.Thumbnail(image, masks);
        var summary = new HtmlReportSummary(imageName, image.Size, masks.Count, thumbnail);
        using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
        HtmlTemplate.Write(writer, HtmlTemplate.Read("report.html"), new Dictionary<string, Action<TextWriter>>
        {
            ["title"] = page => page.Write(HtmlEncode(imageName)),
            ["subtitle"] = page => page.Write(HtmlEncode(Subtitle(image.Size, masks.Count, options.Model))),
            ["summary"] = page => page.Write(HtmlEncode(summary.ToMeta())),
            ["thumbnail"] = page => page.Write(thumbnail),
            ["back"] = page => page.Write(BackLink(options.IndexAddress)),
            ["css"] = page => page.Write(HtmlTemplate.Join("common.css", "report.css")),
            ["picture"] = page => page.Write(ReportPicture.Full(image)),
            ["data"] = page => page.Write(ReportData.ToJson(imageName, image.Size, masks)),
            ["script"] = page => page.Write(HtmlTemplate.Join("masks.js", "stage.js", "list.js", "page.js", "theme.js")),
        });
    }

    private static string Subtitle(ImageSize size, int count, string? model)
    {
        var masks = count == 1 ? "1 mask" : $"{count.ToString("N0", CultureInfo.InvariantCulture)} masks";
        return string.Join(" · ", new[] { $"{size.Width} × {size.Height}", masks, model }.OfType<string>());
    }

    private static string BackLink(string? address) =>
        address is null ? string.Empty : $"""<a class="back" href="{HtmlEncode(address)}" aria-label="All pictures" title="All pictures">‹</a>""";
}
