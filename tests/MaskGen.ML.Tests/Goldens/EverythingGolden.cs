using System.Text.Json;

namespace MaskGen.ML.Tests;

/// <summary>What a reference's mask generator found, with the settings it was given.</summary>
internal sealed record EverythingGolden(string Image, string Reference, Dictionary<string, JsonElement> Settings, EverythingMask[] Masks)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static EverythingGolden Read(string model, string name) =>
        JsonSerializer.Deserialize<EverythingGolden>(File.ReadAllText(Fixture.Path($"{model}/everything-{name}.json")), SnakeCase)!;

    /// <summary>Our options for the reference's keyword arguments.</summary>
    public AutomaticMaskGenerationOptions Options()
    {
        var options = Reference == "meta" ? AutomaticMaskGenerationOptions.MetaPreset : AutomaticMaskGenerationOptions.TransformersPreset;
        foreach (var (name, value) in Settings)
        {
            options = name switch
            {
                "points_per_side" or "points_per_crop" => options with { PointsPerSide = value.GetInt32() },
                "points_per_batch" => options with { PointsPerBatch = value.GetInt32() },
                "pred_iou_thresh" => options with { PredictedIouThreshold = value.GetSingle() },
                "stability_score_thresh" => options with { StabilityScoreThreshold = value.GetSingle() },
                "box_nms_thresh" => options with { BoxNmsThreshold = value.GetSingle() },
                "crop_nms_thresh" => options with { CropNmsThreshold = value.GetSingle() },
                // The pipeline has one threshold for both.
                "crops_nms_thresh" => options with { BoxNmsThreshold = value.GetSingle(), CropNmsThreshold = value.GetSingle() },
                "crop_n_layers" => options with { CropLayers = value.GetInt32() },
                "crop_n_points_downscale_factor" => options with { CropPointsDownscaleFactor = value.GetInt32() },
                "use_m2m" => options with { UseM2m = value.GetBoolean() },
                "small_regions" => options with { MinMaskRegionArea = value.GetInt32() },
                _ => throw new InvalidOperationException($"Setting {name} is not known."),
            };
        }

        return options;
    }
}

/// <summary>One mask; what a reference does not give is null. Boxes are xywh but for <c>bbox_xyxy</c>.</summary>
internal sealed record EverythingMask(
    GoldenMask Segmentation, float PredictedIou, float? StabilityScore, long? Area, float[]? Bbox, float[]? BboxXyxy,
    float[][]? PointCoords, float[]? CropBox);
