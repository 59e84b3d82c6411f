using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>One annotation of a COCO data set.</summary>
internal static class CocoAnnotation
{
    public static void Write(Utf8JsonWriter json, long id, int imageId, int categoryId, MaskRecord mask, CocoDatasetOptions options)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteNumber("image_id", imageId);
        json.WriteNumber("category_id", categoryId);
        json.WriteNumber("iscrowd", 0);
        json.WriteNumber("area", mask.Area);
        WriteBox(json, PixelExtent.Of(mask.Segmentation));
        json.WritePropertyName("segmentation");
        if (options.Segmentation != CocoSegmentation.Polygons || !TryWritePolygons(json, mask.Segmentation, options.PolygonTolerance))
        {
            WriteRunLengths(json, mask.Segmentation);
        }

        if (options.IncludeSam2Fields)
        {
            WriteSam2Fields(json, mask);
        }

        json.WriteEndObject();
    }

    // Unlike SAM 2's records: COCO's width and height count the last pixel, and pycocotools computes them so.
    private static void WriteBox(Utf8JsonWriter json, PixelExtent extent)
    {
        json.WriteStartArray("bbox");
        json.WriteNumberValue(extent.Left);
        json.WriteNumberValue(extent.Top);
        json.WriteNumberValue(extent.Right - extent.Left);
        json.WriteNumberValue(extent.Bottom - extent.Top);
        json.WriteEndArray();
    }

    private static void WriteRunLengths(Utf8JsonWriter json, RunLengthEncoding mask)
    {
        json.WriteStartObject();
        json.WriteStartArray("size");
        json.WriteNumberValue(mask.Size.Height);
        json.WriteNumberValue(mask.Size.Width);
        json.WriteEndArray();
        json.WriteString("counts", CocoRle.Encode(mask));
        json.WriteEndObject();
    }

    private static bool TryWritePolygons(Utf8JsonWriter json, RunLengthEncoding mask, double tolerance)
    {
        var polygons = MaskPolygons.FromMask(mask, tolerance);

        // A triangle has six numbers; pycocotools takes a list of four for a box, which no polygon here can be.
        if (polygons.Count == 0 || polygons.Any(polygon => polygon.Holes.Count > 0))
        {
            return false;
        }

        json.WriteStartArray();
        foreach (var polygon in polygons)
        {
            json.WriteStartArray();
            foreach (var corner in polygon.Exterior)
            {
                json.WriteNumberValue(corner.X);
                json.WriteNumberValue(corner.Y);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        return true;
    }

    private static void WriteSam2Fields(Utf8JsonWriter json, MaskRecord mask)
    {
        WriteFinite(json, "predicted_iou", mask.PredictedIou);
        WriteFinite(json, "stability_score", mask.StabilityScore);
        json.WriteStartArray("point_coords");
        foreach (var point in mask.Points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(point.X);
            json.WriteNumberValue(point.Y);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteStartArray("crop_box");
        json.WriteNumberValue(mask.CropBox.X);
        json.WriteNumberValue(mask.CropBox.Y);
        json.WriteNumberValue(mask.CropBox.Width);
        json.WriteNumberValue(mask.CropBox.Height);
        json.WriteEndArray();
    }

    // JSON has no NaN, which the stability of an empty mask is.
    private static void WriteFinite(Utf8JsonWriter json, string name, float value)
    {
        if (float.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
