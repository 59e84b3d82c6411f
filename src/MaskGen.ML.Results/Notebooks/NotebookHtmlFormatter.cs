using System.Globalization;
using static System.Net.WebUtility;

namespace MaskGen.ML.Results;

/// <summary>An image of a result with its figures underneath, for the output of a notebook cell: no script, nothing to load.</summary>
internal sealed class NotebookHtmlFormatter
{
    private const int RowsOfFigures = 12;

    // On every cell: where the front end has no style sheet for tables, the columns would touch.
    private const string Cell = "padding:2px 10px";
    private const string Swatch = "display:inline-block;width:12px;height:12px;border-radius:3px";

    /// <summary>What <see cref="Format"/> writes.</summary>
    public string MimeType => "text/html";

    /// <summary>Writes a result.</summary>
    /// <param name="instance">Of any type.</param>
    /// <param name="writer">Where to.</param>
    /// <returns>False, with nothing written, for a type that this formatter does not know.</returns>
    public bool Format(object instance, TextWriter writer)
    {
        switch (instance)
        {
            case MaskedImage image:
                WriteFigure(writer, image.Masks, ReportImage.Overlay(image), image.ToString());
                return true;
            case MaskSet set:
                WriteFigure(writer, set, set.ImageSize.PixelCount == 0 ? null : ReportImage.Alone(set), set.ToString());
                return true;
            case MaskRecord mask:
                var single = new MaskSet(mask.Segmentation.Size, [mask]);
                WriteFigure(writer, single, mask.Segmentation.Size.PixelCount == 0 ? null : ReportImage.Alone(single), mask.ToString());
                return true;
            default:
                return false;
        }
    }

    private static void WriteFigure(TextWriter writer, MaskSet masks, ShownImage? image, string caption)
    {
        writer.Write("""<figure style="margin:0;font-family:system-ui,sans-serif;font-size:13px;font-variant-numeric:tabular-nums">""");
        if (image is { } shown)
        {
            writer.Write($"""<img alt="{HtmlEncode(caption)}" src="{shown.Address}" """);
            writer.Write($"""style="display:block;max-width:100%;width:{shown.Width}px;border-radius:6px">""");
        }

        writer.Write($"""<figcaption style="margin:6px 0;opacity:.75">{HtmlEncode(caption)}</figcaption>""");
        if (masks.Count > 1)
        {
            WriteFigures(writer, masks);
        }

        writer.Write("</figure>");
    }

    private static void WriteFigures(TextWriter writer, MaskSet masks)
    {
        writer.Write("""<table style="border-collapse:collapse;text-align:right"><thead>""");
        WriteRow(writer, "th", swatch: "", "mask", "area", "predicted IoU", "stability", "box (x, y, w, h)");
        writer.Write("</thead><tbody>");
        var perPrompt = PromptCandidates.CountPerPrompt(masks);
        var best = perPrompt == 1 ? [] : PromptCandidates.BestFirst(masks, perPrompt).Select(places => places[0]).ToHashSet();
        for (var index = 0; index < Math.Min(masks.Count, RowsOfFigures); index++)
        {
            var mask = masks[index];
            var (red, green, blue) = MaskPalette.Color(index);
            var box = mask.BoundingBox;
            WriteRow(
                writer,
                "td",
                $"""<span style="{Swatch};background:#{red:x2}{green:x2}{blue:x2}"></span>""",
                Text($"{index + 1}") + (best.Contains(index) ? " <b>best</b>" : string.Empty),
                Text($"{mask.Area:N0}"),
                Text($"{mask.PredictedIou:F3}"),
                Text($"{mask.StabilityScore:F3}"),
                Text($"{box.X:0.#}, {box.Y:0.#}, {box.Width:0.#}, {box.Height:0.#}"));
        }

        writer.Write("</tbody></table>");
        if (masks.Count > RowsOfFigures)
        {
            writer.Write($"""<p style="margin:4px 0;opacity:.75">and {masks.Count - RowsOfFigures} more</p>""");
        }
    }

    private static void WriteRow(TextWriter writer, string tag, string swatch, string number, params ReadOnlySpan<string> figures)
    {
        writer.Write($"""<tr><{tag} style="{Cell}">{swatch}</{tag}><{tag} style="{Cell};text-align:left">{number}</{tag}>""");
        foreach (var figure in figures)
        {
            writer.Write($"""<{tag} style="{Cell}">{figure}</{tag}>""");
        }

        writer.Write("</tr>");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
