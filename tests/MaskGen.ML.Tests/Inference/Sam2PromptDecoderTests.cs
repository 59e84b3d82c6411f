namespace MaskGen.ML.Tests.Inference;

public class Sam2PromptDecoderTests
{
    [Theory]
    [InlineData("micro", "scene")]
    [InlineData("micro", "breakfast")]
    [InlineData("nano", "scene")]
    [InlineData("nano", "still-life")]
    public void Decode_EveryGoldenCase_GivesTheReferencesMasks(string model, string image)
    {
        using var session = new GoldenSession(model, image);
        foreach (var golden in session.Golden.Cases)
        {
            var answer = Assert.Single(session.Decoder.Decode(session.Image, [session.Golden.Prompt(golden)], golden.Output, TestContext.Current.CancellationToken));

            session.AssertMatches(golden, answer);
        }
    }

    [Theory]
    [InlineData("micro", "scene")]
    [InlineData("nano", "still-life")]
    public void Decode_AllGoldenPromptsAtOnce_GivesEachItsOwnMasks(string model, string image)
    {
        using var session = new GoldenSession(model, image);
        foreach (var output in Enum.GetValues<MaskOutput>())
        {
            var cases = session.Golden.Cases.Where(golden => golden.Output == output).ToArray();

            var answers = session.Decoder.Decode(session.Image, [.. cases.Select(session.Golden.Prompt)], output, TestContext.Current.CancellationToken);

            Assert.Equal(cases.Length, answers.Count);
            for (var i = 0; i < cases.Length; i++)
            {
                session.AssertMatches(cases[i], answers[i]);
            }
        }
    }

    [Fact]
    public void Decode_PointsInAnotherOrder_GivesTheSameMasks()
    {
        using var session = new GoldenSession("nano", "still-life");
        var golden = session.Golden.Cases.Single(golden => golden.Name == "three-points");
        var prompt = session.Golden.Prompt(golden);

        var answer = session.Decoder.Decode(
            session.Image, [prompt with { Points = [.. prompt.Points.Reverse()] }], golden.Output, TestContext.Current.CancellationToken);

        session.AssertMatches(golden, answer[0]);
    }

    [Fact]
    public void Decode_AfterPreparing_GivesTheSameMasks()
    {
        using var session = new GoldenSession("micro", "scene");
        session.Decoder.Prepare(session.Image);

        var golden = session.Golden.Cases[0];
        var answer = session.Decoder.Decode(session.Image, [session.Golden.Prompt(golden)], golden.Output, TestContext.Current.CancellationToken);

        session.AssertMatches(golden, answer[0]);
    }

    [Fact]
    public void Decode_NoPrompts_GivesNothing()
    {
        using var session = new GoldenSession("micro", "scene");

        Assert.Empty(session.Decoder.Decode(session.Image, [], MaskOutput.Multimask, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Decode_OnlyAMask_GivesAMask()
    {
        using var session = new GoldenSession("micro", "scene");
        var mask = session.Golden["mask_input.mask-and-point"];

        var answer = session.Decoder.Decode(session.Image, [new Sam2Prompt { MaskLogits = mask }], MaskOutput.Single, TestContext.Current.CancellationToken);

        Assert.Equal(mask.Length, answer[0].Masks[0].LowResolutionMaskLogits.Length);
    }

    public static TheoryData<string, Sam2Prompt> BadPrompts { get; } = new()
    {
        { "found none", new Sam2Prompt() },
        { "expected the label", new Sam2Prompt { Points = [new PointPrompt(1, 1, PointLabel.Padding)] } },
        { "finite point", Sam2Prompt.FromPoint(float.NaN, 3) },
        { "finite box", Sam2Prompt.FromBox(new BoxXyxy(0, 0, float.PositiveInfinity, 3)) },
        { "upper left to its lower right", Sam2Prompt.FromBox(new BoxXyxy(9, 0, 3, 3)) },
        { "expected 32x32 = 1024 mask logits, found 7", new Sam2Prompt { MaskLogits = new float[7] } },
    };

    [Theory]
    [MemberData(nameof(BadPrompts), DisableDiscoveryEnumeration = true)]
    public void Decode_BadPrompt_SaysWhichAndWhy(string problem, Sam2Prompt prompt)
    {
        using var session = new GoldenSession("micro", "scene");

        var error = Assert.Throws<ArgumentException>(
            () => session.Decoder.Decode(session.Image, [Sam2Prompt.FromPoint(1, 1), prompt], MaskOutput.Single, TestContext.Current.CancellationToken));

        Assert.Contains("Prompt 1:", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_ImageOfAnotherModel_SaysSo()
    {
        using var micro = new GoldenSession("micro", "scene");
        using var nano = new GoldenSession("nano", "scene");

        var error = Assert.Throws<ArgumentException>(
            () => micro.Decoder.Decode(nano.Image, [Sam2Prompt.FromPoint(1, 1)], MaskOutput.Single, TestContext.Current.CancellationToken));

        Assert.Contains("encoded by this model", error.Message, StringComparison.Ordinal);
    }

    // A decoder and an image as the references encoded it.
    private sealed class GoldenSession : IDisposable
    {
        private readonly OpenedSam2Model _model;

        public GoldenSession(string model, string image)
        {
            _model = TestModel.Open(model);
            Golden = new GoldenImage(model, image);
            Decoder = new Sam2PromptDecoder(_model.Config, _model.Weights);
            Image = new EncodedImage(
                Golden.Size, _model.Config.ImageSize, Golden["image_embedding"], Golden["high_resolution_features.0"], Golden["high_resolution_features.1"]);
        }

        public GoldenImage Golden { get; }

        public Sam2PromptDecoder Decoder { get; }

        public EncodedImage Image { get; }

        public void AssertMatches(GoldenCase golden, DecodedPrompt answer)
        {
            float[] logits = [.. answer.Masks.SelectMany(mask => mask.LowResolutionMaskLogits.ToArray())];
            float[] iou = [.. answer.Masks.Select(mask => mask.PredictedIou)];
            Near.Assert($"{golden}: logits", Golden[$"low_resolution_mask_logits.{golden.Name}"].Span, logits, Tolerances.LowResolutionMaskLogits);
            Near.Assert($"{golden}: predicted IoU", golden.PredictedIou, iou, Tolerances.PredictedIou);
            Near.Assert($"{golden}: object score", [golden.ObjectScoreLogit], [answer.ObjectScoreLogit], Tolerances.ObjectScoreLogit);
        }

        public void Dispose()
        {
            Decoder.Dispose();
            Golden.Dispose();
            _model.Dispose();
        }
    }
}
