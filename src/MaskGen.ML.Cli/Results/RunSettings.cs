using System.Text;
using System.Text.Json;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Results;

/// <summary>The options of a run that change its masks, under SAM 2's names. What only changes how they are computed (points per batch,
/// device, threads) is not among them.</summary>
internal static class RunSettings
{
    /// <summary>The options of segmenting everything.</summary>
    /// <param name="options">The options; thresholds that they leave to the model are its own.</param>
    /// <param name="selection">What becomes of masks that overlap; null for nothing.</param>
    /// <param name="label">The label of all masks; null for none.</param>
    /// <param name="reading">How images are read; null for as the options say.</param>
    /// <param name="tiling">How images are cut into tiles; null for not at all.</param>
    public static ResultSettings Of(
        AutomaticMaskGenerationOptions options,
        MaskSelectionOptions? selection = null,
        string? label = null,
        ImageLoadOptions? reading = null,
        MaskTilingOptions? tiling = null) => Write(json =>
    {
        var recommended = (options.Model ?? Sam2Model.Nano).RecommendedThresholds;
        json.WriteNumber("points_per_side", options.PointsPerSide);
        json.WriteNumber("pred_iou_thresh", options.PredictedIouThreshold ?? recommended.PredictedIou);
        json.WriteNumber("stability_score_thresh", options.StabilityScoreThreshold ?? recommended.StabilityScore);
        json.WriteNumber("stability_score_offset", options.StabilityScoreOffset);
        json.WriteNumber("mask_threshold", options.MaskThreshold);
        json.WriteNumber("box_nms_thresh", options.BoxNmsThreshold);
        json.WriteNumber("crop_n_layers", options.CropLayers);
        json.WriteNumber("crop_nms_thresh", options.CropNmsThreshold);
        json.WriteNumber("crop_overlap_ratio", options.CropOverlapRatio);
        json.WriteNumber("crop_n_points_downscale_factor", options.CropPointsDownscaleFactor);
        json.WriteNumber("min_mask_region_area", options.MinMaskRegionArea);
        json.WriteBoolean("use_m2m", options.UseM2m);
        json.WriteBoolean("multimask_output", options.Output == MaskOutput.Multimask);
        if (options.MaximumMasks is { } maximum)
        {
            json.WriteNumber("max_masks", maximum);
        }

        if (label is not null)
        {
            json.WriteString("label", label);
        }

        WriteGrids(json, options.PointGrids);
        WritePrecision(json, options.Model);
        WriteRange(json, reading?.Range ?? options.Range);
        if (tiling is not null)
        {
            json.WriteNumber("tile", tiling.TileSize);
            json.WriteNumber("tile_overlap", tiling.Overlap);
        }

        selection?.WriteSettings(json);
    });

    /// <summary>The options of segmenting what prompts say; the prompts themselves stand beside each mask.</summary>
    public static ResultSettings Of(
        MaskOutput output,
        MaskSelectionOptions? selection = null,
        ImageLoadOptions? reading = null,
        Sam2Model? model = null) => Write(json =>
    {
        json.WriteBoolean("multimask_output", output == MaskOutput.Multimask);
        WritePrecision(json, model);
        WriteRange(json, reading?.Range ?? ImageRange.Full);
        selection?.WriteSettings(json);
    });

    /// <summary>What is known of masks that come from a file.</summary>
    /// <param name="file">The file; its name alone is kept.</param>
    /// <param name="selection">What becomes of masks that overlap.</param>
    public static ResultSettings OfFile(string file, MaskSelectionOptions selection) => Write(json =>
    {
        json.WriteString("converted_from", Path.GetFileName(file));
        selection.WriteSettings(json);
    });

    // Left out for float32, as in results that are older than the option.
    private static void WritePrecision(Utf8JsonWriter json, Sam2Model? model)
    {
        if (model is { EncoderPrecision: not EncoderPrecision.Float32 })
        {
            json.WriteString("encoder_precision", model.EncoderPrecision.ToString().ToLowerInvariant());
        }
    }

    // Left out where nothing was asked for, as in results that are older than the option.
    private static void WriteRange(Utf8JsonWriter json, ImageRange range)
    {
        if (range != ImageRange.Full)
        {
            json.WriteString("range", range.ToString());
        }
    }

    private static void WriteGrids(Utf8JsonWriter json, IReadOnlyList<IReadOnlyList<GridPoint>>? grids)
    {
        if (grids is null)
        {
            return;
        }

        json.WriteStartArray("point_grids");
        foreach (var grid in grids)
        {
            json.WriteStartArray();
            foreach (var (x, y) in grid)
            {
                json.WriteNumberValue(x);
                json.WriteNumberValue(y);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static ResultSettings Write(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return new ResultSettings(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }
}
