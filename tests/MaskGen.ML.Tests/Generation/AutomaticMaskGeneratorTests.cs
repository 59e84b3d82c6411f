namespace MaskGen.ML.Tests.Generation;

public class AutomaticMaskGeneratorTests
{
    private static readonly AutomaticMaskGenerationOptions Options = new()
    {
        Model = Sam2Model.FromFile(Fixture.Path("micro")),
        PointsPerSide = 6,
        PredictedIouThreshold = 0.45f,
        StabilityScoreThreshold = 0.3f,
    };

    private static readonly RgbImage Scene = RgbImage.Load(Fixture.Path("images/scene.png"));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Generate_OtherBatchSize_GivesTheSameMasks(int pointsPerBatch)
    {
        var options = Options with { CropLayers = 1, CropPointsDownscaleFactor = 2 };

        var expected = Generate(options);
        var masks = Generate(options with { PointsPerBatch = pointsPerBatch });

        Assert.Equal(expected.Count, masks.Count);
        for (var i = 0; i < masks.Count; i++)
        {
            // To the last bit: every prompt goes through the same sums whatever its company.
            Assert.Equal(expected[i].Segmentation.Counts, masks[i].Segmentation.Counts);
            Assert.Equal(expected[i].BoundingBox, masks[i].BoundingBox);
            Assert.Equal((expected[i].PredictedIou, expected[i].StabilityScore), (masks[i].PredictedIou, masks[i].StabilityScore));
            Assert.Equal(expected[i].Points, masks[i].Points);
        }
    }

    [Fact]
    public void Generate_AnyMask_HasAreaBoxAndPlaceOfItsPixels()
    {
        var masks = Generate(Options with { CropLayers = 1, MinMaskRegionArea = 20 });

        Assert.NotEmpty(masks);
        foreach (var mask in masks)
        {
            var set = mask.Segmentation.ToMask()
                .Select((isSet, i) => (isSet, X: i % Scene.Size.Width, Y: i / Scene.Size.Width)).Where(pixel => pixel.isSet).ToArray();
            Assert.Equal(set.Length, mask.Area);
            Assert.Equal(
                new BoxXyxy(set.Min(pixel => pixel.X), set.Min(pixel => pixel.Y), set.Max(pixel => pixel.X), set.Max(pixel => pixel.Y)),
                mask.BoundingBox.ToXyxy());
            var crop = mask.CropBox.ToXyxy();
            Assert.True(set.All(pixel => pixel.X >= crop.X0 && pixel.X < crop.X1 && pixel.Y >= crop.Y0 && pixel.Y < crop.Y1));
        }
    }

    [Fact]
    public void Generate_NothingAboveTheThresholds_IsEmpty()
    {
        var masks = Generate(Options with { PredictedIouThreshold = 1, CropLayers = 1 });

        Assert.Empty(masks);
        Assert.Equal(Scene.Size, masks.ImageSize);
    }

    [Theory]
    [InlineData("one-pixel")]
    [InlineData("narrow")]
    public void Generate_TinyImage_Works(string name)
    {
        var image = RgbImage.Load(Fixture.Path($"images/{name}.png"));
        using var generator = new AutomaticMaskGenerator(
            Options with { CropLayers = 2, PredictedIouThreshold = 0, StabilityScoreThreshold = 0 });

        var masks = generator.Generate(image, cancellationToken: TestContext.Current.CancellationToken);

        Assert.All(masks, mask => Assert.Equal(image.Size, mask.Segmentation.Size));
    }

    [Fact]
    public void Generate_MaximumMasks_GivesTheBestOnesBestFirst()
    {
        var all = Generate(Options);

        var best = Generate(Options with { MaximumMasks = 3 });

        Assert.Equal(all.Select(mask => mask.PredictedIou).OrderDescending().Take(3), best.Select(mask => mask.PredictedIou));
    }

    [Fact]
    public void Generate_OwnGrid_PromptsItsPoints()
    {
        var masks = Generate(Options with { PointGrids = [[(0.5f, 0.25f)]], BoxNmsThreshold = 1 });

        Assert.NotEmpty(masks);
        Assert.All(masks, mask => Assert.Equal([new PointPrompt(160, 52.75f)], mask.Points));
    }

    [Fact]
    public void Generate_SingleOutput_GivesAtMostOneMaskPerPoint()
    {
        var masks = Generate(Options with { Output = MaskOutput.Single, BoxNmsThreshold = 1 });

        Assert.NotEmpty(masks);
        Assert.Equal(masks.Count, masks.Select(mask => mask.Points[0]).Distinct().Count());
    }

    [Fact]
    public void Generate_Progress_CountsEveryPromptOfEveryCrop()
    {
        var reports = new Recorder();
        using var generator = new AutomaticMaskGenerator(Options with { CropLayers = 1, PointsPerBatch = 16 });

        generator.Generate(Scene, reports, TestContext.Current.CancellationToken);

        // Four times 36 points more, in batches of 16.
        Assert.Equal(15, reports.Reports.Count);
        Assert.All(reports.Reports, report => Assert.Equal((5, 180), (report.CropCount, report.PromptCount)));
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], reports.Reports.Select(report => report.Crop));
        Assert.Equal(180, reports.Reports[^1].PromptsDone);
        Assert.Equal(reports.Reports.Select(report => report.PromptsDone).Order(), reports.Reports.Select(report => report.PromptsDone));
    }

    [Fact]
    public void Generate_CancelledOnTheWay_EndsWithTheBatch()
    {
        using var cancellation = new CancellationTokenSource();
        var reports = new Recorder(() => cancellation.Cancel());
        using var generator = new AutomaticMaskGenerator(Options with { PointsPerBatch = 4 });

        Assert.Throws<OperationCanceledException>(() => generator.Generate(Scene, reports, cancellation.Token));

        Assert.Single(reports.Reports);
    }

    [Fact]
    public void Generate_FromManyThreads_GivesTheSame()
    {
        using var generator = new AutomaticMaskGenerator(Options);
        var expected = generator.Generate(Scene, cancellationToken: TestContext.Current.CancellationToken);

        Parallel.For(0, 4, _ =>
        {
            var masks = generator.Generate(Scene);
            Assert.Equal(expected.Select(mask => mask.Area), masks.Select(mask => mask.Area));
        });
    }

    [Theory]
    [InlineData(MaskOutput.Multimask, false, 3)]
    [InlineData(MaskOutput.Multimask, true, 3)]
    [InlineData(MaskOutput.Single, false, 1)]
    [InlineData(MaskOutput.Single, true, 1)]
    public void Generate_Filters_CountWhatTheyDiscard(MaskOutput output, bool useM2m, int masksPerPoint)
    {
        // Nothing else discards: no NMS, no crops.
        var options = Options with { Output = output, UseM2m = useM2m, BoxNmsThreshold = 1, PointsPerBatch = 5 };
        using var generator = new AutomaticMaskGenerator(options);
        using var unfiltered = new AutomaticMaskGenerator(options with { PredictedIouThreshold = 0, StabilityScoreThreshold = 0 });
        var recorder = new Recorder();

        var masks = generator.Generate(Scene, recorder, TestContext.Current.CancellationToken);
        var all = unfiltered.Generate(Scene, cancellationToken: TestContext.Current.CancellationToken);

        var filtered = recorder.Reports[^1].Filtered;
        Assert.Equal(36 * masksPerPoint, filtered.Candidates);
        Assert.Equal(filtered.Candidates, all.Count);
        Assert.Equal(all.Count(mask => !(mask.PredictedIou > 0.45f)), filtered.BelowPredictedIou);
        Assert.Equal(filtered.Candidates - filtered.BelowPredictedIou - masks.Count, filtered.BelowStability);
        Assert.Equal(all.Max(mask => mask.PredictedIou), filtered.HighestPredictedIou);
        Assert.Equal(masks.Max(mask => mask.StabilityScore), filtered.HighestStability);
    }

    private static MaskSet Generate(AutomaticMaskGenerationOptions options)
    {
        using var generator = new AutomaticMaskGenerator(options);
        return generator.Generate(Scene, cancellationToken: TestContext.Current.CancellationToken);
    }

    private sealed class Recorder(Action? onReport = null) : IProgress<MaskGenerationProgress>
    {
        public List<MaskGenerationProgress> Reports { get; } = [];

        public void Report(MaskGenerationProgress value)
        {
            Reports.Add(value);
            onReport?.Invoke();
        }
    }
}
