using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Annotations of an image as the labelling tool LabelMe reads them.</summary>
/// <remarks>Source: LabelMe 5.5, labelme/label_file.py (members, and that others are kept) and labelme/utils/shape.py (a mask has its box
/// as two corners, the last pixel included, and the pixels inside it as a PNG).</remarks>
internal static class LabelMeJson
{
    private const string Version = "5.5.0";

    /// <summary>What it is.</summary>
    public static ResultKind Kind { get; } = new("labelme") { Inspect = StampedJson.Form.Inspect };

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="imagePath">The image, relative to the folder of the file, with <c>/</c> between folders.</param>
    /// <param name="masks">Its masks. An empty one has no shape and is left out.</param>
    /// <param name="form">Polygons or masks.</param>
    /// <param name="tolerance">As for <see cref="MaskOutline.Of"/>.</param>
    /// <param name="stamp">Its stamp.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Save(string path, string imagePath, MaskSet masks, ShapeForm form, double? tolerance, ResultStamp stamp) =>
        StampedJson.Save(path, stamp, json =>
        {
            json.WriteString("version", Version);
            json.WriteStartObject("flags");
            json.WriteEndObject();
            json.WriteStartArray("shapes");
            for (var i = 0; i < masks.Count; i++)
            {
                WriteMask(json, masks[i], group: i + 1, form, tolerance);

                // What is pending would be all of the file otherwise.
                json.Flush();
            }

            json.WriteEndArray();
            json.WriteString("imagePath", imagePath);
            json.WriteNull("imageData");
            json.WriteNumber("imageHeight", masks.ImageSize.Height);
            json.WriteNumber("imageWidth", masks.ImageSize.Width);
        });

    private static void WriteMask(Utf8JsonWriter json, MaskRecord mask, int group, ShapeForm form, double? tolerance)
    {
        if (mask.Area == 0)
        {
            return;
        }

        var outlines = form == ShapeForm.Polygons ? MaskOutline.WithoutHoles(mask.Segmentation, tolerance) : null;
        if (outlines is null)
        {
            var box = PixelExtent.Of(mask.Segmentation);
            using var png = new MemoryStream();
            MaskPng.Write(png, MaskCrop.Of(mask.Segmentation, box));
            PolygonPoint[] corners = [new(box.Left, box.Top), new(box.Right - 1, box.Bottom - 1)];
            WriteShape(json, mask, corners, "mask", group: null, png.GetBuffer().AsSpan(0, (int)png.Length));
            return;
        }

        foreach (var outline in outlines)
        {
            WriteShape(json, mask, outline.Exterior, "polygon", outlines.Count == 1 ? null : group, png: default);
        }
    }

    private static void WriteShape(
        Utf8JsonWriter json, MaskRecord mask, IReadOnlyList<PolygonPoint> corners, string type, int? group, ReadOnlySpan<byte> png)
    {
        json.WriteStartObject();
        json.WriteString("label", MaskClass.Of(mask));
        json.WriteStartArray("points");
        foreach (var corner in corners)
        {
            json.WriteStartArray();
            json.WriteNumberValue(corner.X);
            json.WriteNumberValue(corner.Y);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WritePropertyName("group_id");
        if (group is { } number)
        {
            json.WriteNumberValue(number);
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteString("description", string.Empty);
        json.WriteString("shape_type", type);
        json.WriteStartObject("flags");
        json.WriteEndObject();
        if (png.IsEmpty)
        {
            json.WriteNull("mask");
        }
        else
        {
            json.WriteBase64String("mask", png);
        }

        // Not LabelMe's: it keeps them as they are.
        MaskJsonWriter.WriteScores(json, mask);
        if (mask.PromptScore is { } score)
        {
            json.WriteNumber("prompt_score", score);
        }

        json.WriteEndObject();
    }
}
