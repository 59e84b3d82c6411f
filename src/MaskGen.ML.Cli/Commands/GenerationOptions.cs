using System.CommandLine;
using System.Globalization;

namespace MaskGen.ML.Cli.Commands;

/// <summary>The options of segmenting everything, under SAM 2's names.</summary>
internal sealed class GenerationOptions
{
    private const string Transformers = "transformers";
    private const string Meta = "meta";

    private readonly Option<int> _pointsPerSide = Number("--points-per-side", "Points along each side of the grid", AutomaticMaskGenerationOptions.Defaults.PointsPerSide);
    private readonly Option<int> _pointsPerBatch = Number("--points-per-batch", "Points decoded together", AutomaticMaskGenerationOptions.Defaults.PointsPerBatch);
    private readonly Option<float?> _predictedIou = Fraction("--pred-iou-thresh", "Masks whose predicted IoU is not above this go [default: the model's own; nano 0.6, official 0.88]");
    private readonly Option<float?> _stability = Fraction("--stability-score-thresh", "Masks whose stability score is below this go [default: the model's own; nano 0.8, official 0.95]");
    private readonly Option<float> _stabilityOffset = Number("--stability-score-offset", "Half width, in logits, of the band stability is measured over", AutomaticMaskGenerationOptions.Defaults.StabilityScoreOffset);
    private readonly Option<float> _maskThreshold = Number("--mask-threshold", "A mask is where the logit is above this", AutomaticMaskGenerationOptions.Defaults.MaskThreshold);
    private readonly Option<float> _boxNms = Number("--box-nms-thresh", "Box IoU above which the worse of two masks goes; 1 for off", AutomaticMaskGenerationOptions.Defaults.BoxNmsThreshold);
    private readonly Option<int> _cropLayers = Number("--crop-n-layers", "Layers of crops beside the whole picture", AutomaticMaskGenerationOptions.Defaults.CropLayers);
    private readonly Option<float> _cropNms = Number("--crop-nms-thresh", "The same between crops", AutomaticMaskGenerationOptions.Defaults.CropNmsThreshold);
    private readonly Option<float> _cropOverlap = Number("--crop-overlap-ratio", "Overlap of the first layer's crops, as a part of the short side", AutomaticMaskGenerationOptions.Defaults.CropOverlapRatio);
    private readonly Option<int> _cropDownscale = Number("--crop-n-points-downscale-factor", "Points per side shrink by this with each layer", AutomaticMaskGenerationOptions.Defaults.CropPointsDownscaleFactor);
    private readonly Option<int> _minimumRegion = Number("--min-mask-region-area", "Holes and islands of fewer pixels are removed; 0 for off", 0);
    private readonly Option<bool> _useM2m = new("--use-m2m") { Description = "Refine every mask once by feeding it back" };
    private readonly Option<int?> _maximumMasks = new("--max-masks") { Description = "At most so many masks, best first [default: all]", HelpName = "N" };

    private readonly Option<string?> _preset = new Option<string?>("--preset")
    {
        Description = "Thresholds of a reference: transformers (0.88, 0.95) or meta (0.8, 0.95); single options win over it",
        HelpName = $"{Transformers}|{Meta}",
    }.AcceptOnlyFromAmong(Transformers, Meta);

    public void AddTo(Command command)
    {
        Option[] options =
        [
            _pointsPerSide, _pointsPerBatch, _predictedIou, _stability, _stabilityOffset, _maskThreshold, _boxNms, _cropLayers, _cropNms, _cropOverlap,
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
        var preset = parsed.GetValue(_preset) switch
        {
            Transformers => AutomaticMaskGenerationOptions.TransformersPreset,
            Meta => AutomaticMaskGenerationOptions.MetaPreset,
            _ => new AutomaticMaskGenerationOptions(),
        };
        var options = preset with
        {
            PointsPerSide = parsed.GetValue(_pointsPerSide),
            PointsPerBatch = parsed.GetValue(_pointsPerBatch),
            PredictedIouThreshold = parsed.GetValue(_predictedIou) ?? preset.PredictedIouThreshold,
            StabilityScoreThreshold = parsed.GetValue(_stability) ?? preset.StabilityScoreThreshold,
            StabilityScoreOffset = parsed.GetValue(_stabilityOffset),
            MaskThreshold = parsed.GetValue(_maskThreshold),
            BoxNmsThreshold = parsed.GetValue(_boxNms),
            CropLayers = parsed.GetValue(_cropLayers),
            CropNmsThreshold = parsed.GetValue(_cropNms),
            CropOverlapRatio = parsed.GetValue(_cropOverlap),
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

    private static Option<T> Number<T>(string name, string description, T value) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };

    private static Option<float?> Fraction(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "0..1",
        CustomParser = argument =>
        {
            var text = argument.Tokens[0].Value;
            if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                return value;
            }

            argument.AddError($"{name}: expected a number from 0 to 1, found '{text}'.");
            return null;
        },
    };
}
