using MaskGen.ML.Cli.Commands;
using MaskGen.ML.Generation;

namespace MaskGen.ML.Tests.Cli;

/// <summary>What is said of an image in which little was found.</summary>
public class FewMasksAdviceTests
{
    private static readonly AutomaticMaskGenerationOptions Official =
        new() { Model = Sam2Model.FromFile(Fixture.Path("micro")) };

    [Fact]
    public void For_Enough_IsNothing() => Assert.Null(FewMasksAdvice.For("a.png", 3, Official, default));

    [Fact]
    public void For_PredictedIouTookAll_NamesItAndTheHighestThereWas()
    {
        var filtered = new FilterTally { Candidates = 3072, BelowPredictedIou = 3072, HighestPredictedIou = 0.8123f };

        Assert.Equal(
            "a.png: no masks. Of 3072 candidates 3072 had a predicted IoU not above 0.88 (the highest was 0.812). "
                + "Lower --pred-iou-thresh to keep more.",
            FewMasksAdvice.For("a.png", 0, Official, filtered));
    }

    [Fact]
    public void For_StabilityTookWhatWasLeft_NamesItFirst()
    {
        var filtered = new FilterTally
        {
            Candidates = 100, BelowPredictedIou = 90, HighestPredictedIou = 0.9f, BelowStability = 10, HighestStability = 0.5f,
        };

        var advice = FewMasksAdvice.For("a.png", 0, Official, filtered);

        Assert.Contains("and 10 had a stability score below 0.95 (the highest was 0.5)", advice, StringComparison.Ordinal);
        Assert.Contains("Lower --stability-score-thresh, then --pred-iou-thresh", advice, StringComparison.Ordinal);
    }

    [Fact]
    public void For_NothingDiscarded_AsksForAFinerGrid() =>
        Assert.Equal(
            "a.png: 1 mask. Raise --points-per-side for a finer grid.",
            FewMasksAdvice.For("a.png", 1, Official, new FilterTally { Candidates = 3 }));

    [Fact]
    public void For_TheEmbeddedModelWithItsOwnThresholds_AsksForALargerModel()
    {
        var advice = FewMasksAdvice.For(
            "a.png", 1, new() { Model = Sam2Model.Nano }, new FilterTally { Candidates = 9, BelowPredictedIou = 8 });

        Assert.Contains("photos need a larger one, such as --model tiny", advice, StringComparison.Ordinal);
    }

    [Fact]
    public void For_TheEmbeddedModelWithStricterThresholds_NamesItsOwn()
    {
        var options = AutomaticMaskGenerationOptions.MetaPreset with { Model = Sam2Model.Nano };

        var advice = FewMasksAdvice.For("a.png", 0, options, new FilterTally { Candidates = 9, BelowPredictedIou = 9 });

        Assert.Contains("Lower --pred-iou-thresh", advice, StringComparison.Ordinal);
        Assert.EndsWith("The thresholds of nano itself are 0.6 and 0.8.", advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--pred-iou-thresh", "1", "a predicted IoU not above 1")]
    [InlineData("--stability-score-thresh", "1", "a stability score below 1")]
    public async Task Run_ThresholdsThatKeepNothing_SaysWhichDid(string option, string value, string reason)
    {
        using var folder = new TestFolder();

        // Given twice, the later one would be an error.
        var quick = CommandRun.Quick.ToList();
        quick.RemoveRange(quick.IndexOf(option), 2);

        var run = await CommandRun.RunAsync(
            ["everything", Fixture.Path("images/scene.png"), "--out", folder.Path, "--format", "json", option, value, .. quick]);

        Assert.Contains("scene.png: no masks. Of 12 candidates ", run.Error, StringComparison.Ordinal);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.Contains($"Lower {option}", run.Error, StringComparison.Ordinal);
    }
}
