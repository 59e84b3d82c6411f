using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Inference;

public class PromptBatcherTests
{
    private static readonly ImageSize Image = new(200, 50);

    [Fact]
    public void Group_PointsAndBox_AreScaledToTheModelInputWithOnePaddingPoint()
    {
        var prompt = new Sam2Prompt { Points = [new PointPrompt(100, 25, PointLabel.Background)], Box = new BoxXyxy(0, 10, 200, 50) };

        var (batch, indices) = Assert.Single(PromptBatcher.Group([prompt], Image, inputSize: 100, batchSize: 8));

        Assert.Equal([0], indices);
        Assert.Equal(4, batch.PointsPerPrompt);
        Assert.Equal([0, 20, 100, 100, 50, 50, 0, 0], batch.Coordinates.ToArray());
        Assert.Equal(
            [PromptTokenLabel.BoxTopLeft, PromptTokenLabel.BoxBottomRight, PromptTokenLabel.Background, PromptTokenLabel.Padding],
            batch.Labels.ToArray());
        Assert.False(batch.HasMaskInputs);
    }

    [Fact]
    public void Group_PromptsOfDifferentLength_AreNeverTogether()
    {
        var two = new Sam2Prompt { Points = [new PointPrompt(1, 1), new PointPrompt(2, 2)] };
        Sam2Prompt[] prompts = [Sam2Prompt.FromPoint(1, 1), two, Sam2Prompt.FromPoint(3, 3), Sam2Prompt.FromBox(new BoxXyxy(0, 0, 1, 1))];

        var groups = PromptBatcher.Group(prompts, Image, 100, 8).ToArray();

        // A box counts as two points.
        Assert.Equal([[0, 2], [1, 3]], groups.Select(group => group.Indices));
        Assert.Equal([2, 3], groups.Select(group => group.Batch.PointsPerPrompt));
    }

    [Fact]
    public void Group_MorePromptsThanABatchHolds_SplitsThem()
    {
        var groups = PromptBatcher.Group([.. Enumerable.Range(0, 5).Select(i => Sam2Prompt.FromPoint(i, i))], Image, 100, 2);

        Assert.Equal([2, 2, 1], groups.Select(group => group.Batch.Count));
    }

    [Theory]
    [InlineData(1, 32)]
    [InlineData(63, 32)]
    [InlineData(127, 16)]
    [InlineData(1024, 1)]
    public void Group_PromptsOfManyPoints_ComeInSmallerBatches(int points, int expected)
    {
        var prompt = new Sam2Prompt { Points = [.. Enumerable.Repeat(new PointPrompt(1, 1), points)] };

        var groups = PromptBatcher.Group([.. Enumerable.Repeat(prompt, 64)], Image, 100, 32).ToArray();

        Assert.All(groups, group => Assert.Equal(expected, group.Batch.Count));
        Assert.Equal(Enumerable.Range(0, 64), groups.SelectMany(group => group.Indices));
    }

    [Fact]
    public void Group_MaskPrompts_AreClampedAndApartFromOthers()
    {
        var mask = new float[25 * 25];
        mask[0] = 100;
        mask[1] = -100;
        mask[2] = 7;
        Sam2Prompt[] prompts = [Sam2Prompt.FromPoint(1, 1), Sam2Prompt.FromPoint(1, 1) with { MaskLogits = mask }];

        var groups = PromptBatcher.Group(prompts, Image, 100, 8).ToArray();

        Assert.Equal(2, groups.Length);
        Assert.Equal([32, -32, 7], groups[1].Batch.MaskInputs[..3].ToArray());
    }
}
