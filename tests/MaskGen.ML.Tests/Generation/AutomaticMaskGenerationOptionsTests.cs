namespace MaskGen.ML.Tests.Generation;

public class AutomaticMaskGenerationOptionsTests
{
    public static TheoryData<string, AutomaticMaskGenerationOptions> OutOfRange { get; } = new()
    {
        { "PointsPerSide", new() { PointsPerSide = 0 } },
        { "PointsPerSide", new() { PointsPerSide = 1025 } },
        { "PointsPerBatch", new() { PointsPerBatch = 0 } },
        { "PredictedIouThreshold", new() { PredictedIouThreshold = 1.1f } },
        { "PredictedIouThreshold", new() { PredictedIouThreshold = float.NaN } },
        { "StabilityScoreThreshold", new() { StabilityScoreThreshold = -0.1f } },
        { "StabilityScoreOffset", new() { StabilityScoreOffset = 0 } },
        { "MaskThreshold", new() { MaskThreshold = float.PositiveInfinity } },
        { "BoxNmsThreshold", new() { BoxNmsThreshold = 2 } },
        { "CropLayers", new() { CropLayers = -1 } },
        { "CropLayers", new() { CropLayers = 7 } },
        { "CropNmsThreshold", new() { CropNmsThreshold = -1 } },
        { "CropOverlapRatio", new() { CropOverlapRatio = 1 } },
        { "CropPointsDownscaleFactor", new() { CropPointsDownscaleFactor = 0 } },
        { "MinMaskRegionArea", new() { MinMaskRegionArea = -1 } },
        { "MaximumMasks", new() { MaximumMasks = 0 } },
        { "Output", new() { Output = (MaskOutput)9 } },
        { "ThreadCount", new() { Session = new Sam2SessionOptions { ThreadCount = 0 } } },
        { "GpuDeviceId", new() { Session = new Sam2SessionOptions { GpuDeviceId = -1 } } },
    };

    [Theory]
    [MemberData(nameof(OutOfRange), DisableDiscoveryEnumeration = true)]
    public void Validate_OutOfRange_NamesTheOption(string name, AutomaticMaskGenerationOptions options)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(options.Validate);

        Assert.Equal(name, error.ParamName);
        Assert.Contains("Expected", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_GridsThatDoNotFitTheLayers_SaysExpectedAndFound()
    {
        var error = Assert.Throws<ArgumentException>(new AutomaticMaskGenerationOptions { PointGrids = [[(0, 0)]], CropLayers = 1 }.Validate);

        Assert.Contains("1 crop layers, found 1 grids", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_PointOutsideTheCrop_NamesIt()
    {
        var error = Assert.Throws<ArgumentException>(new AutomaticMaskGenerationOptions { PointGrids = [[(0.5f, 1.5f)]] }.Validate);

        Assert.Contains("(0.5, 1.5)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.3f, 0.3)]
    [InlineData(0.1f, 0.1)]
    [InlineData(512f / 1500, 512.0 / 1500)]
    [InlineData(0, 0)]
    public void ExactCropOverlapRatio_OfAFloat_IsTheNumberThatWasMeant(float ratio, double expected)
    {
        Assert.Equal(expected, new AutomaticMaskGenerationOptions { CropOverlapRatio = ratio }.ExactCropOverlapRatio);
    }

    [Fact]
    public void Defaults_AreThoseOfTheReferences()
    {
        var options = new AutomaticMaskGenerationOptions();

        options.Validate();
        Assert.Equal((32, 64, 1f, 0f, 0.7f), (options.PointsPerSide, options.PointsPerBatch, options.StabilityScoreOffset, options.MaskThreshold, options.BoxNmsThreshold));
        Assert.Equal((0.88f, 0.95f), (AutomaticMaskGenerationOptions.TransformersPreset.PredictedIouThreshold, AutomaticMaskGenerationOptions.TransformersPreset.StabilityScoreThreshold));
        Assert.Equal((0.8f, 0.95f), (AutomaticMaskGenerationOptions.MetaPreset.PredictedIouThreshold, AutomaticMaskGenerationOptions.MetaPreset.StabilityScoreThreshold));
    }
}
