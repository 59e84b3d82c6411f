using System.Globalization;
using MaskGen.ML.Files;

namespace MaskGen.ML.Results;

/// <summary>An index of pages: a thumbnail and a link for each page that <see cref="HtmlReport"/> wrote, and a list of failures.</summary>
/// <remarks>It is made from the pages themselves, so a run that skips images that are already done lists them as well.
/// All members are thread-safe.</remarks>
public static class HtmlReportIndex
{
    /// <summary>Writes the page, whole or not at all.</summary>
    /// <param name="path">The file, such as <c>masks/index.html</c>, whose name ends in <c>.html</c> or <c>.htm</c>; its folder must
    /// exist.</param>
    /// <param name="title">Heading of the page, such as the name of the folder of images.</param>
    /// <param name="reportPaths">The pages to list, in the order of listing; links are relative to the folder of
    /// <paramref name="path"/>.</param>
    /// <param name="failures">Images that have no page, and why; null for none.</param>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="failures"/> is null.</exception>
    /// <exception cref="ArgumentException">The path or the title is empty, the path has another extension, or a failure is null or has no
    /// name or reason.</exception>
    /// <exception cref="InvalidDataException">One of the files, which the message names, is no page of
    /// <see cref="HtmlReport"/>.</exception>
    /// <exception cref="FileNotFoundException">One of the pages, which the message names, does not exist.</exception>
    /// <exception cref="IOException">A page cannot be read, or the file cannot be written.</exception>
    public static void Save(
        string path, string title, IEnumerable<string> reportPaths, IEnumerable<HtmlReportFailure>? failures = null) =>
        Save(path, title, reportPaths, failures, new ResultStamp(ResultKind.PageList));

    /// <summary>Whether a file is a page that
    /// <see cref="Save(string, string, IEnumerable{string}, IEnumerable{HtmlReportFailure})"/> can list.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool IsReport(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            HtmlReportSummary.Read(path);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Writes the page with a stamp.</summary>
    internal static void Save(
        string path,
        string title,
        IEnumerable<string> reportPaths,
        IEnumerable<HtmlReportFailure>? failures,
        ResultStamp stamp)
    {
        FileNames.ThrowUnlessNamed(path, ".html", ".htm");
        ArgumentException.ThrowIfNullOrEmpty(title);
        ArgumentNullException.ThrowIfNull(reportPaths);
        var reports = reportPaths.ToList();
        var failed = failures?.ToList() ?? [];
        if (failed.FindIndex(failure => failure?.ImageName is null || failure.Reason is null) is var index and >= 0)
        {
            throw new ArgumentException($"Failure {index}: expected a name and a reason, found null.", nameof(failures));
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        AtomicFile.Write(path, stream => HtmlEnd.Write(stream, writer =>
            HtmlTemplate.Write(writer, HtmlTemplate.Read("index.html"), new Dictionary<string, Action<TextWriter>>
            {
                ["title"] = page => page.Write(HtmlTemplate.Encode(title)),
                ["summary"] = page => page.Write(HtmlTemplate.EncodeData(stamp.ToJson())),
                ["subtitle"] = page => page.Write(Subtitle(reports.Count, failed.Count)),
                ["css"] = page => page.Write(HtmlTemplate.Join("common.css", "index.css")),
                ["failures"] = page => WriteFailures(page, failed),
                ["cards"] = page => reports.ForEach(report => WriteCard(page, folder, report)),
                ["script"] = page => page.Write(HtmlScript.Join(HtmlScript.Index)),
            })));
    }

    private static void WriteCard(TextWriter page, string folder, string reportPath)
    {
        var summary = HtmlReportSummary.Read(reportPath);
        var address = HtmlTemplate.EncodeData(Address(folder, reportPath));
        var size = $"{summary.Size.Width} × {summary.Size.Height}";
        var name = HtmlTemplate.Encode(summary.ImageName);
        page.Write($"""
            <li data-name="{name}" data-masks="{summary.MaskCount}" data-pixels="{summary.Size.PixelCount}">
            <a class="card" href="{address}">
            <span class="thumb"><img alt="" loading="lazy" src="{summary.Thumbnail}"></span>
            <span class="text"><b title="{name}">{name}</b><span>{Count(summary.MaskCount, "mask")} · {size}</span></span></a></li>

            """);
    }

    // The separators of an address are slashes, and every other unusual character is escaped.
    private static string Address(string folder, string reportPath) =>
        string.Join(
            '/',
            Path.GetRelativePath(folder, Path.GetFullPath(reportPath)).Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));

    private static void WriteFailures(TextWriter page, List<HtmlReportFailure> failures)
    {
        if (failures.Count == 0)
        {
            return;
        }

        page.Write("""<section class="failures" aria-labelledby="failures"><h2 id="failures">""");
        page.Write($"{Count(failures.Count, "image")} failed</h2><ul>");
        foreach (var failure in failures)
        {
            page.Write($"<li><b>{HtmlTemplate.Encode(failure.ImageName)}</b> <span>{HtmlTemplate.Encode(failure.Reason)}</span></li>");
        }

        page.Write("</ul></section>");
    }

    private static string Subtitle(int reports, int failures) =>
        failures == 0
            ? Count(reports, "image")
            : $"{Count(reports, "image")} · {failures.ToString("N0", CultureInfo.InvariantCulture)} failed";

    private static string Count(int count, string noun) =>
        $"{count.ToString("N0", CultureInfo.InvariantCulture)} {noun}{(count == 1 ? string.Empty : "s")}";
}
