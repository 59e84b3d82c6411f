using MaskGen.ML.Cli.Results;

namespace MaskGen.ML.Tests.Cli;

public class RunSettingsTests
{
    // They decide how fast and where masks are computed, who hears of it, or are compared by the model's fingerprint; the masks are the
    // same.
    private static readonly string[] WithoutEffect =
        ["Model", "MaximumPixels", "PointsPerBatch", "Session", "FailedRows"];

    private static readonly AutomaticMaskGenerationOptions Changed = new()
    {
        PointsPerSide = 7,
        PointGrids = [[(0.5f, 0.25f)]],
        PredictedIouThreshold = 0.1f,
        StabilityScoreThreshold = 0.2f,
        StabilityScoreOffset = 2,
        MaskThreshold = 3,
        BoxNmsThreshold = 0.4f,
        CropLayers = 2,
        CropNmsThreshold = 0.5f,
        CropOverlapRatio = 0.6f,
        CropPointsDownscaleFactor = 3,
        MinMaskRegionArea = 8,
        UseM2m = true,
        Output = MaskOutput.Single,
        MaximumMasks = 9,
        Range = ImageRange.Auto,
    };

    [Fact]
    public void Of_EveryOption_ChangesTheSettingsOrIsKnownNotToMatter()
    {
        var defaults = RunSettings.Of(new AutomaticMaskGenerationOptions());
        var properties = typeof(AutomaticMaskGenerationOptions).GetProperties().Where(property => property.CanWrite);
        foreach (var property in properties.Where(property => !WithoutEffect.Contains(property.Name)))
        {
            var one = new AutomaticMaskGenerationOptions();
            property.SetValue(one, property.GetValue(Changed));
            Assert.True(
                RunSettings.Of(one).Digest != defaults.Digest, $"{property.Name} is not among the settings that --resume compares.");
        }
    }

    [Fact]
    public void Of_OptionsWithoutEffect_AreTheSame()
    {
        var options = new AutomaticMaskGenerationOptions { PointsPerBatch = 3, Session = new Sam2SessionOptions { ThreadCount = 1 } };

        Assert.Equal(RunSettings.Of(new AutomaticMaskGenerationOptions()), RunSettings.Of(options));
    }

    [Fact]
    public void Of_ThresholdsLeftToTheModel_AreTheModelsOwn()
    {
        var named = new AutomaticMaskGenerationOptions
        {
            PredictedIouThreshold = Sam2Model.Nano.RecommendedThresholds.PredictedIou,
            StabilityScoreThreshold = Sam2Model.Nano.RecommendedThresholds.StabilityScore,
        };

        Assert.Equal(RunSettings.Of(named), RunSettings.Of(new AutomaticMaskGenerationOptions()));
        Assert.Contains("\"pred_iou_thresh\":0.6,", RunSettings.Of(named).Json, StringComparison.Ordinal);
    }
}
