using System.CommandLine;
using Defaults = MaskGen.ML.AutomaticMaskGenerationOptions.Defaults;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options of segmenting everything, under SAM 2's names.</summary>
internal sealed class GenerationOptions
{
    /// <summary>Name of the option for the threshold of predicted IoU.</summary>
    public const string PredictedIou = "--pred-iou-thresh";

    /// <summary>Name of the option for the threshold of the stability score.</summary>
    public const string Stability = "--stability-score-thresh";

    private readonly Option<int> _pointsPerSide = NumberOptions.Whole(
        "--points-per-side", "Points along each side of the grid", Defaults.PointsPerSide);

    private readonly Option<int> _pointsPerBatch = NumberOptions.Whole(
        "--points-per-batch", "Points decoded together", Defaults.PointsPerBatch);

    private readonly Option<float?> _predictedIou = Fraction(
        PredictedIou,
        "Discards masks with a predicted IoU at or below this value [default: the model's own; nano 0.6, official 0.88]",
        "0.88");

    private readonly Option<float?> _stability = Fraction(
        Stability,
        "Discards masks with a stability score below this value [default: the model's own; nano 0.8, official 0.95]",
        "0.95");

    private readonly Option<float?> _stabilityOffset = NumberOptions.Decimal(
        "--stability-score-offset",
        "How far, in logits, the mask threshold is moved both ways to measure stability [default: 1]",
        "N",
        "a number above 0",
        "0.5");

    private readonly Option<float?> _maskThreshold = NumberOptions.Decimal(
        "--mask-threshold", "A pixel belongs to a mask if its logit is above this value [default: 0]", "N", "a number", "0.5");

    private readonly Option<float?> _boxNms = Fraction(
        "--box-nms-thresh", "Box IoU above which the worse of two masks is discarded; 1 for off [default: 0.7]", "0.7");

    private readonly Option<int> _cropLayers = NumberOptions.Whole(
        "--crop-n-layers", "Also segments crops of the image: 1 adds 4 crops, 2 adds 16 more, and so on", Defaults.CropLayers);

    private readonly Option<float?> _cropNms = Fraction(
        "--crop-nms-thresh", "Like --box-nms-thresh, but between masks of different crops [default: 0.7]", "0.7");

    private readonly Option<float?> _cropOverlap = Fraction(
        "--crop-overlap-ratio", "Overlap of the first layer's crops, as a part of the short side, below 1 [default: 512/1500]", "0.34");

    private readonly Option<int> _cropDownscale = NumberOptions.Whole(
        "--crop-n-points-downscale-factor",
        "Divides the points per side of crops, once for each layer",
        Defaults.CropPointsDownscaleFactor);

    private readonly Option<int> _minimumRegion = NumberOptions.Whole(
        "--min-mask-region-area", "Removes holes and islands of fewer pixels; 0 for off", 0);

    private readonly Option<bool> _useM2m = new("--use-m2m") { Description = "Refines every mask once by feeding it back" };

    private readonly Option<int?> _maximumMasks = NumberOptions.Whole(
        "--max-masks", "At most this many masks, best first [default: all]", "N", "10");

    private readonly Option<NameOptions.Choice<AutomaticMaskGenerationOptions>?> _preset = NameOptions.OneOf(
        "--preset",
        "Thresholds of a reference for predicted IoU and stability: transformers (0.88, 0.95) or meta (0.8, 0.95); single options win "
            + "over it",
        ("transformers", AutomaticMaskGenerationOptions.TransformersPreset),
        ("meta", AutomaticMaskGenerationOptions.MetaPreset));

    public void AddTo(Command command)
    {
        Option[] options =
        [
            _pointsPerSide, _pointsPerBatch, _predictedIou, _stability, _stabilityOffset, _maskThreshold, _boxNms, _cropLayers, _cropNms,
            _cropOverlap,
            _cropDownscale, _minimumRegion, _useM2m, _maximumMasks, _preset,
        ];
        foreach (var option in options)
        {
            command.Add(option);
        }
    }

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public AutomaticMaskGenerationOptions Read(ParseResult parsed)
    {
        var preset = parsed.GetValue(_preset)?.Value ?? new AutomaticMaskGenerationOptions();
        var options = preset with
        {
            PointsPerSide = parsed.GetValue(_pointsPerSide),
            PointsPerBatch = parsed.GetValue(_pointsPerBatch),
            PredictedIouThreshold = parsed.GetValue(_predictedIou) ?? preset.PredictedIouThreshold,
            StabilityScoreThreshold = parsed.GetValue(_stability) ?? preset.StabilityScoreThreshold,
            StabilityScoreOffset = parsed.GetValue(_stabilityOffset) ?? preset.StabilityScoreOffset,
            MaskThreshold = parsed.GetValue(_maskThreshold) ?? preset.MaskThreshold,
            BoxNmsThreshold = parsed.GetValue(_boxNms) ?? preset.BoxNmsThreshold,
            CropLayers = parsed.GetValue(_cropLayers),
            CropNmsThreshold = parsed.GetValue(_cropNms) ?? preset.CropNmsThreshold,
            CropOverlapRatio = parsed.GetValue(_cropOverlap) ?? preset.CropOverlapRatio,
            CropPointsDownscaleFactor = parsed.GetValue(_cropDownscale),
            MinMaskRegionArea = parsed.GetValue(_minimumRegion),
            UseM2m = parsed.GetValue(_useM2m),
            MaximumMasks = parsed.GetValue(_maximumMasks),
        };
        try
        {
            options.Validate();
        }
        catch (ArgumentOutOfRangeException e) when (OptionOf(e.ParamName) is { } option)
        {
            throw OptionErrors.Of(option, e);
        }

        return options;
    }

    private Option? OptionOf(string? property) => property switch
    {
        nameof(AutomaticMaskGenerationOptions.PointsPerSide) => _pointsPerSide,
        nameof(AutomaticMaskGenerationOptions.PointsPerBatch) => _pointsPerBatch,
        nameof(AutomaticMaskGenerationOptions.PredictedIouThreshold) => _predictedIou,
        nameof(AutomaticMaskGenerationOptions.StabilityScoreThreshold) => _stability,
        nameof(AutomaticMaskGenerationOptions.StabilityScoreOffset) => _stabilityOffset,
        nameof(AutomaticMaskGenerationOptions.MaskThreshold) => _maskThreshold,
        nameof(AutomaticMaskGenerationOptions.BoxNmsThreshold) => _boxNms,
        nameof(AutomaticMaskGenerationOptions.CropLayers) => _cropLayers,
        nameof(AutomaticMaskGenerationOptions.CropNmsThreshold) => _cropNms,
        nameof(AutomaticMaskGenerationOptions.CropOverlapRatio) => _cropOverlap,
        nameof(AutomaticMaskGenerationOptions.CropPointsDownscaleFactor) => _cropDownscale,
        nameof(AutomaticMaskGenerationOptions.MinMaskRegionArea) => _minimumRegion,
        nameof(AutomaticMaskGenerationOptions.MaximumMasks) => _maximumMasks,
        _ => null,
    };

    private static Option<float?> Fraction(string name, string description, string example) =>
        NumberOptions.Decimal(name, description, "0..1", "a number from 0 to 1", example);
}
