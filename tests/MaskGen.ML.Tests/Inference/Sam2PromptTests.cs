namespace MaskGen.ML.Tests.Inference;

/// <summary>Prompts hold what they were given, and are equal when they say the same.</summary>
public class Sam2PromptTests
{
    private static readonly Sam2Model Micro = Sam2Model.FromFile(Fixture.Path("micro"));

    private static readonly Sam2Prompt Prompt = new()
    {
        Points = [new(1, 2), new(3, 4, PointLabel.Background)], Box = new BoxXyxy(0, 1, 2, 3), MaskLogits = new float[] { 1, -1 },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Points_ListChangedAfterwards_StayAsTheyWere()
    {
        var points = new List<PointPrompt> { new(1, 2) };
        var prompt = new Sam2Prompt { Points = points };
        points.Add(new(3, 4));
        points[0] = new(5, 6);

        Assert.Equal([new PointPrompt(1, 2)], prompt.Points);
        Assert.IsNotType<PointPrompt[]>(prompt.Points);
        Assert.Throws<NotSupportedException>(() => ((IList<PointPrompt>)prompt.Points)[0] = new(7, 8));
    }

    [Fact]
    public void Equals_SameValuesInOtherLists_IsEqual()
    {
        var same = new Sam2Prompt { Points = [.. Prompt.Points], Box = Prompt.Box, MaskLogits = new float[] { 1, -1 } };

        Assert.Equal(Prompt, same);
        Assert.Equal(Prompt.GetHashCode(), same.GetHashCode());
        Assert.True(Prompt == same);
        Assert.Equal(new Sam2Prompt(), new Sam2Prompt());
        Assert.Equal(new Sam2Prompt { Points = null! }, new Sam2Prompt { Points = null! });
    }

    public static TheoryData<Sam2Prompt> Others { get; } = new()
    {
        Prompt with { Points = [Prompt.Points[0]] },
        Prompt with { Points = [.. Prompt.Points.Reverse()] },
        Prompt with { Points = [Prompt.Points[0], Prompt.Points[1] with { Label = PointLabel.Foreground }] },
        Prompt with { Points = null! },
        Prompt with { Box = null },
        Prompt with { Box = new BoxXyxy(0, 1, 2, 4) },
        Prompt with { MaskLogits = null },
        Prompt with { MaskLogits = new float[] { 1, -2 } },
        Prompt with { MaskLogits = new float[] { 1, -1, 0 } },
        Prompt with { Label = "cat" },
        Prompt with { Score = 0.5 },
    };

    [Theory]
    [MemberData(nameof(Others), DisableDiscoveryEnumeration = true)]
    public void Equals_AnythingElse_IsNot(Sam2Prompt other)
    {
        Assert.NotEqual(Prompt, other);
        Assert.NotEqual(other, Prompt);
        Assert.False(Prompt.Equals(null));
    }

    [Theory]
    [InlineData(float.NaN, 1, "MaskThreshold")]
    [InlineData(float.PositiveInfinity, 1, "MaskThreshold")]
    [InlineData(float.MaxValue, float.MaxValue, "MaskThreshold")]
    [InlineData(0, 0, "StabilityScoreOffset")]
    [InlineData(0, float.NaN, "StabilityScoreOffset")]
    [InlineData(0, float.PositiveInfinity, "StabilityScoreOffset")]
    public void Segment_OptionsOutOfRange_NameTheOption(float threshold, float offset, string name)
    {
        using var decoder = new Sam2PromptDecoder(Micro);
        var options = new PromptSegmentationOptions { MaskThreshold = threshold, StabilityScoreOffset = offset };

        Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(options.Validate).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => { _ = decoder.Segment(Encode(), [Sam2Prompt.FromPoint(5, 5)], MaskOutput.Single, options, Token); });
    }

    [Fact]
    public void Segment_HigherThreshold_GivesASmallerMask()
    {
        using var decoder = new Sam2PromptDecoder(Micro);
        var encoded = Encode();
        long Area(float threshold) => decoder.Segment(
            encoded,
            [Sam2Prompt.FromPoint(50, 40)],
            MaskOutput.Single,
            new PromptSegmentationOptions { MaskThreshold = threshold },
            Token)[0].Area;

        Assert.True(Area(-1) > Area(0));
        Assert.True(Area(0) > Area(1));
    }

    [Fact]
    public void Segment_PromptsWithLabels_PutsThemOnTheirMasks()
    {
        using var decoder = new Sam2PromptDecoder(Micro);
        var box = Sam2Prompt.FromBox(new BoxXyxy(2, 3, 60, 50));
        Sam2Prompt[] prompts =
            [box with { Label = "cat", Score = 0.1234567890123 }, box, Sam2Prompt.FromPoint(5, 5) with { Label = "dog" }];

        var masks = decoder.Segment(Encode(), prompts, MaskOutput.Multimask, cancellationToken: Token);

        Assert.Equal(
            [("cat", 0.1234567890123), ("cat", 0.1234567890123), ("cat", 0.1234567890123)],
            masks.Take(3).Select(mask => (mask.Label!, mask.PromptScore!.Value)));
        Assert.All(masks.Skip(3).Take(3), mask => Assert.Equal((null, null), (mask.Label, mask.PromptScore)));
        Assert.All(masks.Skip(6), mask => Assert.Equal(("dog", (double?)null), (mask.Label, mask.PromptScore)));

        // They change nothing else.
        Assert.Equal(masks[3], masks[0] with { Label = null, PromptScore = null });
    }

    [Fact]
    public void Label_EmptyOrScoreThatIsNoNumber_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => Prompt with { Label = string.Empty });
        Assert.Throws<ArgumentOutOfRangeException>(() => Prompt with { Score = double.NaN });
    }

    private static EncodedImage Encode()
    {
        using var encoder = new Sam2ImageEncoder(Micro);
        return encoder.Encode(RgbImage.Load(Fixture.Path("images/scene.png")), Token);
    }
}
