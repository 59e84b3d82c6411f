using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>The masks as the page's script reads them.</summary>
internal static class ReportData
{
    // Fewer escapes than for HTML; the one character that could end the script element is replaced afterwards.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>JSON that is safe inside a script element: <c>&lt;</c> appears only as an escape.</summary>
    /// <param name="imageName">Name of the image.</param>
    /// <param name="size">Its size.</param>
    /// <param name="masks">Its masks.</param>
    /// <param name="perPrompt">How many candidates of a prompt follow each other, 1 if masks are no candidates.</param>
    /// <param name="areAskedFor">Whether prompts asked for the masks.</param>
    public static string ToJson(string imageName, ImageSize size, MaskSet masks, int perPrompt, bool areAskedFor)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("image", imageName);
            json.WriteNumber("width", size.Width);
            json.WriteNumber("height", size.Height);

            // The look of the page is that of overlays.
            var (edge, outline) = MaskPainter.LineWidths(size);
            json.WriteNumber("edge", edge);
            json.WriteNumber("outline", outline);
            var best = perPrompt == 1 ? [] : PromptCandidates.BestFirst(masks, perPrompt).Select(places => places[0]).ToHashSet();
            json.WriteBoolean("candidates", perPrompt > 1);
            json.WriteStartArray("masks");
            for (var index = 0; index < masks.Count; index++)
            {
                WriteMask(json, masks[index], index, best.Contains(index), areAskedFor);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        // A less-than sign occurs in strings only, where the escape means the same.
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length).Replace("<", @"\u003C", StringComparison.Ordinal);
    }

    private static void WriteMask(Utf8JsonWriter json, MaskRecord mask, int index, bool isBest, bool isAskedFor)
    {
        var (red, green, blue) = MaskPalette.Color(index);
        var extent = PixelExtent.Of(mask.Segmentation);
        json.WriteStartObject();
        json.WriteString("counts", CocoRle.Encode(mask.Segmentation));
        json.WriteNumber("area", mask.Area);

        // COCO's convention: width and height count the last pixel.
        MaskJsonWriter.WriteNumbers(json, "bbox", extent.Left, extent.Top, extent.Right - extent.Left, extent.Bottom - extent.Top);
        MaskJsonWriter.WriteScore(json, "iou", mask.PredictedIou);
        MaskJsonWriter.WriteScore(json, "stability", mask.StabilityScore);
        MaskJsonWriter.WriteLabel(json, mask);
        json.WriteString("color", $"#{red:x2}{green:x2}{blue:x2}");
        json.WriteNumber("fill", MaskPainter.Fill(mask.Segmentation, isAskedFor) / 100.0);
        if (isBest)
        {
            json.WriteBoolean("best", true);
        }

        json.WriteStartArray("points");
        foreach (var point in mask.Points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(point.X);
            json.WriteNumberValue(point.Y);
            json.WriteNumberValue((int)point.Label);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        if (mask.Box is { } box)
        {
            MaskJsonWriter.WriteBox(json, "box", box);
        }

        json.WriteEndObject();
    }
}
