using FsCheck.Xunit;

namespace MaskGen.ML.Tests.Generation;

public class AutomaticMaskGenerationOptionsTests
{
    public static TheoryData<string, AutomaticMaskGenerationOptions> OutOfRange { get; } = new()
    {
        { "PointsPerSide", new() { PointsPerSide = 0 } },
        { "PointsPerSide", new() { PointsPerSide = 1025 } },
        { "PointsPerBatch", new() { PointsPerBatch = 0 } },
        { "PointsPerBatch", new() { PointsPerBatch = 1025 } },
        { "PointsPerBatch", new() { PointsPerBatch = int.MaxValue } },
        { "CropLayers", new() { CropLayers = 6 } },
        { "CropLayers", new() { CropLayers = 1, PointsPerSide = 1024 } },
        { "CropLayers", new() { CropLayers = 6, PointGrids = [.. Enumerable.Repeat(new GridPoint[400], 7)] } },
        { "MaximumPixels", new() { MaximumPixels = 0 } },
        { "MaximumPixels", new() { MaximumPixels = long.MaxValue } },
        { "StabilityScoreOffset", new() { StabilityScoreOffset = float.PositiveInfinity } },
        { "MaskThreshold", new() { MaskThreshold = float.MaxValue, StabilityScoreOffset = float.MaxValue } },
        { "MaskThreshold", new() { MaskThreshold = float.NaN } },
        { "CropOverlapRatio", new() { CropOverlapRatio = float.NaN } },
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
        var error = Assert.Throws<ArgumentException>(
            new AutomaticMaskGenerationOptions { PointGrids = [[(0, 0)]], CropLayers = 1 }.Validate);

        Assert.Contains("1 crop layers, found 1 grids", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_TooManyPointsOverAllCrops_SaysHowManyAndTheLimit()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(new AutomaticMaskGenerationOptions { CropLayers = 6 }.Validate);

        Assert.Contains(
            "at most 2097152 points over all crops of an image, found 5592064 over 5461 crops", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_AtTheBounds_Accepts()
    {
        new AutomaticMaskGenerationOptions { PointsPerSide = 1024, PointsPerBatch = 1024, MaximumPixels = Array.MaxLength / 3 }.Validate();
        new AutomaticMaskGenerationOptions { CropLayers = 6, CropPointsDownscaleFactor = 2, MaximumPixels = 1 }.Validate();
        new AutomaticMaskGenerationOptions { CropLayers = 5 }.Validate();
    }

    [Property]
    public void Validate_AnySizes_AcceptsOnlyWhatStaysWithinTheBudget(int side, byte layers, byte factor)
    {
        var options = new AutomaticMaskGenerationOptions
        {
            PointsPerSide = 1 + (int)((uint)side % 1024), CropLayers = layers % 7, CropPointsDownscaleFactor = 1 + (factor % 4),
        };
        if (Record.Exception(options.Validate) is null)
        {
            var grids = options.Grids();
            Assert.Equal(options.CropLayers + 1, grids.Length);
            Assert.InRange(grids.Select((grid, layer) => grid.LongLength << (2 * layer)).Sum(), 1, 2_097_152);
        }
    }

    [Fact]
    public void Validate_GridOfTooManyPoints_NamesItsLayer()
    {
        var options = new AutomaticMaskGenerationOptions { PointGrids = [[(0, 0)], new GridPoint[1_048_577]], CropLayers = 1 };

        var error = Assert.Throws<ArgumentException>(options.Validate);

        Assert.Contains("at most 1048576 points in the grid of layer 1, found 1048577", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN, 0)]
    [InlineData(0, float.PositiveInfinity)]
    [InlineData(-0.01f, 0)]
    [InlineData(0, 1.0001f)]
    public void Validate_GridPointThatIsNotWithin0To1_NamesIt(float x, float y)
    {
        var error = Assert.Throws<ArgumentException>(new AutomaticMaskGenerationOptions { PointGrids = [[(0.5f, 0.5f), (x, y)]] }.Validate);

        Assert.Contains(FormattableString.Invariant($"layer 0, found ({x}, {y})"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_GridsThatAreNullOrEmpty_SaysSo()
    {
        Assert.Throws<ArgumentException>(new AutomaticMaskGenerationOptions { PointGrids = [null!] }.Validate);
        Assert.Throws<ArgumentException>(new AutomaticMaskGenerationOptions { PointGrids = [[]] }.Validate);
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
        Assert.Equal(
            (32, 64, 1f, 0f, 0.7f),
            (options.PointsPerSide, options.PointsPerBatch, options.StabilityScoreOffset, options.MaskThreshold, options.BoxNmsThreshold));
        Assert.Equal(
            (0.88f, 0.95f),
            (AutomaticMaskGenerationOptions.TransformersPreset.PredictedIouThreshold,
                AutomaticMaskGenerationOptions.TransformersPreset.StabilityScoreThreshold));
        Assert.Equal(
            (0.8f, 0.95f),
            (AutomaticMaskGenerationOptions.MetaPreset.PredictedIouThreshold,
                AutomaticMaskGenerationOptions.MetaPreset.StabilityScoreThreshold));
    }
}
