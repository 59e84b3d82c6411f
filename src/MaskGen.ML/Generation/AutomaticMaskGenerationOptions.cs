using MaskGen.ML.Generation;
using System.Text.Json.Serialization;
using MaskGen.ML.Masks;

namespace MaskGen.ML;

/// <summary>How everything in an image is segmented.</summary>
/// <remarks>
/// <para>Immutable and safe to share between threads; change a copy with <c>with</c>. Each option names its counterpart in Meta's
/// <c>SAM2AutomaticMaskGenerator</c> and in the Hugging Face <c>mask-generation</c> pipeline. Where the two filter differently
/// (a stability score exactly on its threshold is kept by Meta's code and discarded by the pipeline) this follows Meta's.</para>
/// <para>Everything but <see cref="Model"/> survives System.Text.Json, and everything binds from
/// <c>Microsoft.Extensions.Configuration</c>, the model by its name or path.</para>
/// </remarks>
public sealed record AutomaticMaskGenerationOptions
{
    /// <summary>The values that apply where nothing else is said; those of both references where they agree.</summary>
    public static class Defaults
    {
        /// <summary>32: a grid of 32 x 32 points.</summary>
        public static int PointsPerSide => 32;

        /// <summary>64 points.</summary>
        public static int PointsPerBatch => 64;

        /// <summary>1 logit.</summary>
        public static float StabilityScoreOffset => 1;

        /// <summary>0 logits.</summary>
        public static float MaskThreshold => 0;

        /// <summary>IoU 0.7.</summary>
        public static float BoxNmsThreshold => 0.7f;

        /// <summary>No crops but the whole image.</summary>
        public static int CropLayers => 0;

        /// <summary>IoU 0.7.</summary>
        public static float CropNmsThreshold => 0.7f;

        /// <summary>512 / 1500 of the short side.</summary>
        public static float CropOverlapRatio => 512f / 1500;

        /// <summary>1: as many points in every crop as in the whole image.</summary>
        public static int CropPointsDownscaleFactor => 1;
    }

    // More would be millions of prompts, or crops of a few pixels: surely a mistake.
    private const int MaximumPointsPerSide = 1024;
    private const int MaximumPointsPerGrid = MaximumPointsPerSide * MaximumPointsPerSide;
    private const int MaximumCropLayers = 6;

    // About 2 MB each with the official models; more at once is no faster.
    private const int MaximumPointsPerBatch = 1024;

    // Of one image, over all crops: what is kept of each candidate fits into memory with every filter off.
    private const long MaximumPointsInAll = 2 * 1024 * 1024;

    /// <summary>The thresholds of the Hugging Face pipeline: predicted IoU 0.88, stability 0.95.</summary>
    public static AutomaticMaskGenerationOptions TransformersPreset { get; } =
        new() { PredictedIouThreshold = 0.88f, StabilityScoreThreshold = 0.95f };

    /// <summary>The thresholds of Meta's generator: predicted IoU 0.8, stability 0.95.</summary>
    public static AutomaticMaskGenerationOptions MetaPreset { get; } =
        new() { PredictedIouThreshold = 0.8f, StabilityScoreThreshold = 0.95f };

    /// <summary>Which model; null for the default model inside the package, <see cref="Sam2Model.Nano"/>. Not serialized: JSON from
    /// elsewhere names no file to open and nothing to download.</summary>
    [JsonIgnore]
    public Sam2Model? Model { get; init; }

    /// <summary>Points along each side of the grid, 1 to 1024; the whole image gets the square of it. All crops of an image together may
    /// have 2,097,152 points. Default 32. Meta: <c>points_per_side</c>, transformers: <c>points_per_crop</c>.</summary>
    public int PointsPerSide { get; init; } = Defaults.PointsPerSide;

    /// <summary>Custom point grid per layer (the whole image first) instead of the regular one: points from 0 to 1 of the crop; null for
    /// regular grids. Needs <see cref="CropLayers"/> + 1 entries of 1 to 1,048,576 points. Read once, when a generator or
    /// a stage is made. Meta: <c>point_grids</c>.</summary>
    public IReadOnlyList<IReadOnlyList<GridPoint>>? PointGrids { get; init; }

    /// <summary>Points decoded together, 1 to 1024: speed and memory (about 2 MB per point with the official models) depend on it, the
    /// masks do not. Default 64. <c>points_per_batch</c> in both.</summary>
    public int PointsPerBatch { get; init; } = Defaults.PointsPerBatch;

    /// <summary>Discards masks with predicted IoU at or below this value, 0 to 1, 0 for off; null for what the model recommends (0.88 for
    /// the official ones). <c>pred_iou_thresh</c> in both; Meta's default is 0.8.</summary>
    public float? PredictedIouThreshold { get; init; }

    /// <summary>Discards masks with a stability score below this value, 0 to 1, 0 for off; null for what the model recommends (0.95 for the
    /// official ones). With it off empty masks are kept too, whose stability is NaN. <c>stability_score_thresh</c> in both.</summary>
    public float? StabilityScoreThreshold { get; init; }

    /// <summary>Half width, in logits, of the band that stability is measured over; above 0. Default 1.
    /// <c>stability_score_offset</c> in both.</summary>
    public float StabilityScoreOffset { get; init; } = Defaults.StabilityScoreOffset;

    /// <summary>A mask is where the logit is above this. Default 0. <c>mask_threshold</c> in both.</summary>
    public float MaskThreshold { get; init; } = Defaults.MaskThreshold;

    /// <summary>Of two masks of a crop whose boxes overlap by more than this IoU the one with the lower predicted IoU is discarded; 0 to 1,
    /// 1 for off. Default 0.7. Meta: <c>box_nms_thresh</c>; transformers: <c>crops_nms_thresh</c>, which has no other.</summary>
    public float BoxNmsThreshold { get; init; } = Defaults.BoxNmsThreshold;

    /// <summary>Layers of crops beside the whole image, 0 to 6; layer i cuts it into (2^i)^2 overlapping crops, each encoded by itself.
    /// Layers whose crops would be less than 8 pixels wide or high are left out. Default 0. Meta: <c>crop_n_layers</c>, transformers:
    /// <c>crops_n_layers</c>.</summary>
    public int CropLayers { get; init; } = Defaults.CropLayers;

    /// <summary>Of two masks of different crops whose boxes overlap by more than this IoU the one of the larger crop is discarded; 0 to 1,
    /// 1 for off. Default 0.7. Meta: <c>crop_nms_thresh</c>, transformers: <c>crops_nms_thresh</c>.</summary>
    public float CropNmsThreshold { get; init; } = Defaults.CropNmsThreshold;

    /// <summary>Overlap of the first layer's crops as a part of the image's short side, 0 to below 1; halved with each layer. Default
    /// 512/1500. Meta: <c>crop_overlap_ratio</c>, transformers: <c>crop_overlap_ratio</c>.</summary>
    public float CropOverlapRatio { get; init; } = Defaults.CropOverlapRatio;

    /// <summary>Points per side of layer i are <see cref="PointsPerSide"/> over this to the power i; at least 1. Default 1.
    /// <c>crop_n_points_downscale_factor</c> in both.</summary>
    public int CropPointsDownscaleFactor { get; init; } = Defaults.CropPointsDownscaleFactor;

    /// <summary>Holes and islands of fewer pixels than this are removed from every mask; 0 for off, the default.
    /// Meta: <c>min_mask_region_area</c>; transformers has none.</summary>
    public int MinMaskRegionArea { get; init; }

    /// <summary>Whether every mask is refined once by feeding it back as a mask prompt. Default off. Meta: <c>use_m2m</c>; transformers has
    /// none.</summary>
    public bool UseM2m { get; init; }

    /// <summary>Three masks per point, the default, or one. Meta: <c>multimask_output</c>; transformers always takes three.</summary>
    public MaskOutput Output { get; init; } = MaskOutput.Multimask;

    /// <summary>Largest number of masks, 1 or more: those with the highest predicted IoU, best first; null for all in the generator's
    /// order, the default. Neither reference has it.</summary>
    public int? MaximumMasks { get; init; }

    /// <summary>Width times height that an image of the ML.NET stage may have at most, 1 to 715,827,863; larger ones are refused before
    /// they are copied. Default 100 megapixels, as for <see cref="ImageLoadOptions.MaximumPixels"/>. An <see cref="RgbImage"/> that is
    /// given to <see cref="AutomaticMaskGenerator"/> itself is in memory already and is taken at any size.</summary>
    public long MaximumPixels { get; init; } = ImageLoadOptions.DefaultMaximumPixels;

    /// <summary>Which values of image files of more than 8 bits a channel become black and white where the ML.NET stage reads a column of
    /// bytes; <see cref="ImageRange.Full"/> by default. ML.NET's own images and an <see cref="RgbImage"/> have 8 bits.</summary>
    public ImageRange Range { get; init; } = ImageRange.Full;

    /// <summary>What the ML.NET stage does with a row that it cannot compute: throw, the default, or mark it in <c>{name}.Error</c> and go
    /// on. <see cref="AutomaticMaskGenerator"/> itself throws.</summary>
    public FailedRowBehavior FailedRows { get; init; }

    /// <summary>Device and threads; null for the CPU with one thread per core. In the ML.NET stage the device of the <c>MLContext</c>, if
    /// it
    /// has one, where this names none. Not saved with a pipeline.</summary>
    public Sam2SessionOptions? Session { get; init; }

    /// <summary><see cref="CropOverlapRatio"/> as the number that was meant: 512/1500 itself, or the decimal that the float stands
    /// for.</summary>
    // Crops are cut at whole pixels: 1500 times the float nearest to 512/1500 is a little under 512, and the references' crops overlap by
    // 512.
    internal double ExactCropOverlapRatio =>
        CropOverlapRatio == Defaults.CropOverlapRatio ? 512.0 / 1500 : (double)(decimal)CropOverlapRatio;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range, or the crops together have too many points; the message
    /// names the value and the limit.</exception>
    /// <exception cref="ArgumentException"><see cref="PointGrids"/> has not one grid per layer, or a grid is empty, too large, or has a
    /// point outside [0, 1].</exception>
    /// <exception cref="ArgumentNullException"><see cref="Range"/> is null.</exception>
    public void Validate()
    {
        CheckRange(PointsPerSide, 1, MaximumPointsPerSide, nameof(PointsPerSide));
        CheckRange(PointsPerBatch, 1, MaximumPointsPerBatch, nameof(PointsPerBatch));
        CheckFraction(PredictedIouThreshold ?? 0, nameof(PredictedIouThreshold));
        CheckFraction(StabilityScoreThreshold ?? 0, nameof(StabilityScoreThreshold));
        CheckFraction(BoxNmsThreshold, nameof(BoxNmsThreshold));
        CheckFraction(CropNmsThreshold, nameof(CropNmsThreshold));
        CheckRange(CropLayers, 0, MaximumCropLayers, nameof(CropLayers));
        CheckRange(CropPointsDownscaleFactor, 1, MaximumPointsPerSide, nameof(CropPointsDownscaleFactor));
        CheckRange(MinMaskRegionArea, 0, int.MaxValue, nameof(MinMaskRegionArea));
        CheckRange(MaximumMasks ?? 1, 1, int.MaxValue, nameof(MaximumMasks));
        PromptSegmentationOptions.Validate(MaskThreshold, StabilityScoreOffset);
        if (!(CropOverlapRatio is >= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(CropOverlapRatio), CropOverlapRatio, "Expected a part of the short side from 0 to below 1.");
        }

        if (!Enum.IsDefined(Output))
        {
            throw new ArgumentOutOfRangeException(nameof(Output), Output, "Expected Multimask or Single.");
        }

        FailedRowBehaviors.Check(FailedRows, nameof(FailedRows));
        new ImageLoadOptions { MaximumPixels = MaximumPixels, Range = Range }.Validate();
        CheckGrids();
        CheckPointsInAll();
        Session?.Validate();
    }

    /// <summary>The grid of every layer, the whole image first, normalized to [0, 1] of the crop: made once, shared by the layer's crops.
    /// Of validated options.</summary>
    internal (float X, float Y)[][] Grids() =>
    [
        .. Enumerable.Range(0, CropLayers + 1)
            .Select(layer => PointGrids is { } grids
                ? [.. grids[layer].Select(point => (point.X, point.Y))]
                : PointGrid.Regular(PointsPerSideOf(layer))),
    ];

    private int PointsPerSideOf(int layer) => PointGrid.PointsPerSide(PointsPerSide, CropPointsDownscaleFactor, layer);

    private void CheckPointsInAll()
    {
        var (points, crops) = (0L, 0L);
        for (var layer = 0; layer <= CropLayers; layer++)
        {
            var side = (long)PointsPerSideOf(layer);
            var cropsOfLayer = 1L << (2 * layer);
            crops += cropsOfLayer;
            points += cropsOfLayer * (PointGrids is { } grids ? grids[layer].Count : side * side);
        }

        if (points > MaximumPointsInAll)
        {
            throw new ArgumentOutOfRangeException(
                nameof(CropLayers),
                CropLayers,
                $"Expected at most {MaximumPointsInAll} points over all crops of an image, found {points} over {crops} crops. Take "
                + "fewer crop layers, fewer points per side, or a larger downscale factor for the points of crops.");
        }
    }

    private void CheckGrids()
    {
        if (PointGrids is null)
        {
            return;
        }

        if (PointGrids.Count != CropLayers + 1)
        {
            throw new ArgumentException(
                $"Expected a grid for the whole image and each of {CropLayers} crop layers, found {PointGrids.Count} grids.",
                nameof(PointGrids));
        }

        for (var layer = 0; layer < PointGrids.Count; layer++)
        {
            if (PointGrids[layer] is not { Count: > 0 } grid)
            {
                throw new ArgumentException($"Expected at least one point in the grid of layer {layer}, found none.", nameof(PointGrids));
            }

            if (grid.Count > MaximumPointsPerGrid)
            {
                throw new ArgumentException(
                    $"Expected at most {MaximumPointsPerGrid} points in the grid of layer {layer}, found {grid.Count}.",
                    nameof(PointGrids));
            }

            foreach (var (x, y) in grid)
            {
                if (!(x is >= 0 and <= 1 && y is >= 0 and <= 1))
                {
                    throw new ArgumentException(
                        FormattableString.Invariant($"Expected points from 0 to 1 in the grid of layer {layer}, found ({x}, {y})."),
                        nameof(PointGrids));
                }
            }
        }
    }

    private static void CheckRange(int value, int minimum, int maximum, string name)
    {
        if (value < minimum || value > maximum)
        {
            var range = maximum == int.MaxValue ? $"at least {minimum}" : $"{minimum} to {maximum}";
            throw new ArgumentOutOfRangeException(name, value, $"Expected {range}.");
        }
    }

    private static void CheckFraction(float value, string name)
    {
        if (!(value is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(name, value, "Expected 0 to 1.");
        }
    }
}
