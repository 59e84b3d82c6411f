using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>An image as a task of Label Studio, with its masks as predictions.</summary>
/// <remarks>Source: Label Studio's documentation, "Import pre-annotated data into Label Studio" (units are percents of the image). The
/// labelling interface needs <c>Image name="image" value="$image"</c>, <c>PolygonLabels name="polygon"</c> and
/// <c>BrushLabels name="brush"</c>.</remarks>
internal static class LabelStudioTask
{
    private const double Percent = 100;

    /// <summary>What it is.</summary>
    public static ResultKind Kind { get; } = new("labelstudio") { Inspect = StampedJson.Form.Inspect };

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="address">Address of the image, as Label Studio is to load it.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="masks">The masks. An empty one has no region and is left out.</param>
    /// <param name="form">Polygons or masks.</param>
    /// <param name="tolerance">As for <see cref="MaskOutline.Of"/>.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Save(
        string path, string address, string model, MaskSet masks, ShapeForm form, double? tolerance, ResultStamp stamp) =>
        StampedJson.Save(path, stamp, json =>
        {
            json.WriteStartObject("data");
            json.WriteString("image", address);
            json.WriteEndObject();
            json.WriteStartArray("predictions");
            json.WriteStartObject();
            json.WriteString("model_version", model);
            json.WriteStartArray("result");
            for (var i = 0; i < masks.Count; i++)
            {
                WriteMask(json, masks[i], i + 1, form, tolerance);
                json.Flush();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
        });

    private static void WriteMask(Utf8JsonWriter json, MaskRecord mask, int number, ShapeForm form, double? tolerance)
    {
        if (mask.Area == 0)
        {
            return;
        }

        if ((form == ShapeForm.Polygons ? MaskOutline.WithoutHoles(mask.Segmentation, tolerance) : null) is not { } outlines)
        {
            WriteRegion(json, mask, $"mask-{number}", "brush", () => WriteBrush(json, mask.Segmentation));
            return;
        }

        for (var part = 0; part < outlines.Count; part++)
        {
            var id = outlines.Count == 1 ? $"mask-{number}" : $"mask-{number}-{part + 1}";
            var corners = outlines[part].Exterior;
            WriteRegion(json, mask, id, "polygon", () => WriteCorners(json, corners, mask.Segmentation.Size));
        }
    }

    private static void WriteRegion(Utf8JsonWriter json, MaskRecord mask, string id, string tag, Action writeShape)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("type", tag + "labels");
        json.WriteString("from_name", tag);
        json.WriteString("to_name", "image");
        json.WriteNumber("original_width", mask.Segmentation.Size.Width);
        json.WriteNumber("original_height", mask.Segmentation.Size.Height);
        json.WriteNumber("image_rotation", 0);
        MaskJsonWriter.WriteScore(json, "score", mask.PredictedIou);
        json.WriteStartObject("value");
        writeShape();
        json.WriteStartArray(tag + "labels");
        json.WriteStringValue(MaskClass.Of(mask));
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteCorners(Utf8JsonWriter json, IReadOnlyList<PolygonPoint> corners, ImageSize size)
    {
        json.WriteStartArray("points");
        foreach (var corner in corners)
        {
            json.WriteStartArray();
            json.WriteNumberValue(Percent * corner.X / size.Width);
            json.WriteNumberValue(Percent * corner.Y / size.Height);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteBoolean("closed", true);
    }

    private static void WriteBrush(Utf8JsonWriter json, RunLengthEncoding mask)
    {
        json.WriteString("format", "rle");
        json.WriteStartArray("rle");
        foreach (var one in BrushRuns.Encode(mask))
        {
            json.WriteNumberValue(one);
        }

        json.WriteEndArray();
    }
}
