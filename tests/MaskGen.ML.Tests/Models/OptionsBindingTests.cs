using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace MaskGen.ML.Tests.Models;

/// <summary>Options go through System.Text.Json and come from configuration, with every value.</summary>
public class OptionsBindingTests
{
    private static readonly AutomaticMaskGenerationOptions Generation = new()
    {
        PointsPerSide = 5,
        PointsPerBatch = 6,
        PredictedIouThreshold = 0.1f,
        StabilityScoreThreshold = 0.2f,
        StabilityScoreOffset = 0.3f,
        MaskThreshold = -0.4f,
        BoxNmsThreshold = 0.5f,
        CropLayers = 1,
        CropNmsThreshold = 0.6f,
        CropOverlapRatio = 0.3f,
        CropPointsDownscaleFactor = 2,
        MinMaskRegionArea = 7,
        UseM2m = true,
        Output = MaskOutput.Single,
        MaximumMasks = 8,
        MaximumPixels = 9,
        Range = ImageRange.Between(300, 4200),
        Session = new Sam2SessionOptions { GpuDeviceId = 1, FallbackToCpu = true, ThreadCount = 2 },
    };

    [Fact]
    public void Json_GenerationOptions_ComeBackAsTheyWere()
    {
        var options = Generation with { PointGrids = [[(0.25f, 0.5f)], [(0, 1), (1, 0)]] };

        var text = JsonSerializer.Serialize(options);
        var back = JsonSerializer.Deserialize<AutomaticMaskGenerationOptions>(text)!;

        Assert.Equal(options.PointGrids, back.PointGrids);
        Assert.Equal(options with { PointGrids = null }, back with { PointGrids = null });
        Assert.Contains("\"Output\":\"Single\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_ModelOfGenerationOptions_StaysOut()
    {
        var text = JsonSerializer.Serialize(new AutomaticMaskGenerationOptions { Model = Sam2Model.Nano });

        Assert.DoesNotContain("Model", text, StringComparison.Ordinal);
        Assert.Null(JsonSerializer.Deserialize<AutomaticMaskGenerationOptions>("""{"Model": "/etc/passwd"}""")!.Model);
    }

    [Theory]
    [InlineData("""{"PointGrids": [[{"X": 0.5}]]}""")]
    [InlineData("""{"PointGrids": [[{"X": "a", "Y": 0}]]}""")]
    [InlineData("""{"PointGrids": [[0.5, 0.5]]}""")]
    [InlineData("""{"PointGrids": [[{}]]}""")]
    [InlineData("""{"Output": "Both"}""")]
    public void Json_ValuesThatAreNone_Throw(string text) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<AutomaticMaskGenerationOptions>(text));

    [Fact]
    public void Json_GridsOfTuples_AreReadToo()
    {
        const string text = """{"PointGrids": [[{"Item1": 0.5, "Item2": 0.25}]]}""";

        Assert.Equal([new GridPoint(0.5f, 0.25f)], JsonSerializer.Deserialize<AutomaticMaskGenerationOptions>(text)!.PointGrids!.Single());
    }

    [Fact]
    public void Json_OtherOptions_ComeBackAsTheyWere()
    {
        AssertRoundTrip(new ImageLoadOptions { MaximumPixels = 5, Page = 2 });
        AssertRoundTrip(new ImageLoadOptions { Range = ImageRange.Auto });
        AssertRoundTrip(new ImageLoadOptions { Range = ImageRange.Between(-1.5, 4200) });
        AssertRoundTrip(new PromptSegmentationOptions { MaskThreshold = 1.5f, StabilityScoreOffset = 2 });
        AssertRoundTrip(new Sam2SessionOptions { GpuDeviceId = 3, ThreadCount = 4, FallbackToCpu = true });
        AssertRoundTrip(new RecommendedThresholds { PredictedIou = 0.1f, StabilityScore = 0.2f });
        AssertRoundTrip(
            new Sam2DownloadOptions { CacheFolder = "/c", Endpoint = new Uri("https://x.example/"), Offline = true, VerifyHashes = true });
    }

    [Fact]
    public void Configuration_GenerationOptions_HaveEveryValue()
    {
        var values = new Dictionary<string, string?>
        {
            ["Model"] = "nano",
            ["PointsPerSide"] = "5",
            ["PointsPerBatch"] = "6",
            ["PredictedIouThreshold"] = "0.1",
            ["StabilityScoreThreshold"] = "0.2",
            ["StabilityScoreOffset"] = "0.3",
            ["MaskThreshold"] = "-0.4",
            ["BoxNmsThreshold"] = "0.5",
            ["CropLayers"] = "1",
            ["CropNmsThreshold"] = "0.6",
            ["CropOverlapRatio"] = "0.3",
            ["CropPointsDownscaleFactor"] = "2",
            ["MinMaskRegionArea"] = "7",
            ["UseM2m"] = "true",
            ["Output"] = "Single",
            ["MaximumMasks"] = "8",
            ["MaximumPixels"] = "9",
            ["Range"] = "300,4200",
            ["Session:GpuDeviceId"] = "1",
            ["Session:FallbackToCpu"] = "true",
            ["Session:ThreadCount"] = "2",
            ["PointGrids:0:0:X"] = "0.25",
            ["PointGrids:0:0:Y"] = "0.5",
            ["PointGrids:1:0:X"] = "1",
            ["PointGrids:1:0:Y"] = "0",
        };

        var bound = Bind<AutomaticMaskGenerationOptions>(values);

        Assert.Same(Sam2Model.Nano, bound.Model);
        Assert.Equal([[new(0.25f, 0.5f)], [new(1, 0)]], bound.PointGrids!);
        Assert.Equal(Generation, bound with { Model = null, PointGrids = null });
    }

    [Fact]
    public void Configuration_ModelThatIsNone_SaysSo()
    {
        var error = Assert.ThrowsAny<Exception>(() => Bind<AutomaticMaskGenerationOptions>(new() { ["Model"] = "no-such-model" }));

        Assert.Contains("found 'no-such-model'", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_DownloadOptions_HaveEveryValue()
    {
        var bound = Bind<Sam2DownloadOptions>(new()
        {
            ["CacheFolder"] = "/c", ["Endpoint"] = "https://x.example/", ["Token"] = "t", ["Offline"] = "true", ["VerifyHashes"] = "true",
        });

        Assert.Equal(
            new Sam2DownloadOptions { CacheFolder = "/c", Endpoint = new Uri("https://x.example/"), Token = "t", Offline = true,
                VerifyHashes = true },
            bound);
    }

    private static T Bind<T>(Dictionary<string, string?> values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values).Build().Get<T>()!;

    private static void AssertRoundTrip<T>(T options) =>
        Assert.Equal(options, JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(options)));
}
