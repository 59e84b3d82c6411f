using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Writes one annotation of a COCO data set.</summary>
internal static class CocoAnnotationWriter
{
    public static void Write(Utf8JsonWriter json, long id, long imageId, long categoryId, MaskRecord mask, CocoDatasetOptions options)
    {
        var isCrowd = SourceAnnotation.IsOfCrowd(mask);
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteNumber("image_id", imageId);
        json.WriteNumber("category_id", categoryId);
        json.WriteNumber("iscrowd", isCrowd ? 1 : 0);
        json.WriteNumber("area", mask.Area);

        // Unlike SAM 2's records: COCO's width and height count the last pixel, and pycocotools computes them so.
        var extent = PixelExtent.Of(mask.Segmentation);
        MaskJsonWriter.WriteNumbers(json, "bbox", extent.Left, extent.Top, extent.Right - extent.Left, extent.Bottom - extent.Top);
        json.WritePropertyName("segmentation");
        double? tolerance = options.FitsTolerance ? null : options.PolygonTolerance;


        // Readers of COCO expect run lengths of a crowd.
        if (options.Segmentation != CocoSegmentation.Polygons || isCrowd || !TryWritePolygons(json, mask.Segmentation, tolerance))
        {
            MaskJsonWriter.WriteSegmentation(json, mask.Segmentation);
        }

        // As in COCO's own lists of detections.
        if (mask.PromptScore is { } score)
        {
            json.WriteNumber("score", score);
        }

        if (options.IncludeSam2Fields)
        {
            MaskJsonWriter.WriteScores(json, mask);
            MaskJsonWriter.WritePoints(json, "point_coords", mask.Points);
            MaskJsonWriter.WriteBox(json, "crop_box", mask.CropBox);
        }

        json.WriteEndObject();
    }

    private static bool TryWritePolygons(Utf8JsonWriter json, RunLengthEncoding mask, double? tolerance)
    {
        var polygons = MaskOutline.Of(mask, tolerance);

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
}
