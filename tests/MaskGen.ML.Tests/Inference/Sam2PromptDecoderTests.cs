namespace MaskGen.ML.Tests.Inference;

public class Sam2PromptDecoderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
            var answer = Assert.Single(session.Decoder.Decode(session.Image, [session.Golden.Prompt(golden)], golden.Output, Token));

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

            var answers = session.Decoder.Decode(session.Image, [.. cases.Select(session.Golden.Prompt)], output, Token);

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
            session.Image, [prompt with { Points = [.. prompt.Points.Reverse()] }], golden.Output, Token);

        session.AssertMatches(golden, answer[0]);
    }

    [Fact]
    public void Decode_AfterPreparing_GivesTheSameMasks()
    {
        using var session = new GoldenSession("micro", "scene");
        session.Decoder.Prepare(session.Image, Token);

        var golden = session.Golden.Cases[0];
        var answer = session.Decoder.Decode(session.Image, [session.Golden.Prompt(golden)], golden.Output, Token);

        session.AssertMatches(golden, answer[0]);
    }

    [Fact]
    public void Decode_NoPrompts_GivesNothing()
    {
        using var session = new GoldenSession("micro", "scene");

        Assert.Empty(session.Decoder.Decode(session.Image, [], MaskOutput.Multimask, Token));
    }

    [Fact]
    public void Decode_OnlyAMask_GivesAMask()
    {
        using var session = new GoldenSession("micro", "scene");
        var mask = session.Golden["mask_input.mask-and-point"];

        var answer = session.Decoder.Decode(session.Image, [new Sam2Prompt { MaskLogits = mask }], MaskOutput.Single, Token);

        Assert.Equal(mask.Length, answer[0].Masks[0].LowResolutionMaskLogits.Length);
    }

    public static TheoryData<string, Sam2Prompt> BadPrompts { get; } = new()
    {
        { "found none", new Sam2Prompt() },
        { "expected the label", new Sam2Prompt { Points = [new PointPrompt(1, 1, (PointLabel)(-1))] } },
        { "finite point", Sam2Prompt.FromPoint(float.NaN, 3) },
        { "finite box", Sam2Prompt.FromBox(new BoxXyxy(0, 0, float.PositiveInfinity, 3)) },
        { "these are swapped", Sam2Prompt.FromBox(new BoxXyxy(9, 0, 3, 3)) },
        { "expected 32x32 = 1024 mask logits, found 7", new Sam2Prompt { MaskLogits = new float[7] } },
    };

    [Theory]
    [MemberData(nameof(BadPrompts), DisableDiscoveryEnumeration = true)]
    public void Decode_BadPrompt_SaysWhichAndWhy(string problem, Sam2Prompt prompt)
    {
        using var session = new GoldenSession("micro", "scene");

        var error = Assert.Throws<ArgumentException>(
            () => session.Decoder.Decode(session.Image, [Sam2Prompt.FromPoint(1, 1), prompt], MaskOutput.Single, Token));

        Assert.Contains("Prompt 1:", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_ImageOfAModelOfTheSameShape_NamesThisModelAndBothFingerprints()
    {
        using var micro = new GoldenSession("micro", "scene");
        using var decoder = new Sam2PromptDecoder(Sam2Model.FromFile(Fixture.Path("micro")));
        var other = new EncodedImage(
            micro.Image.ImageSize,
            micro.Image.InputSize,
            micro.Image.ImageEmbedding,
            micro.Image.HighResolutionFeatures0,
            micro.Image.HighResolutionFeatures1,
            new string('7', 32));

        foreach (var action in new Action[]
        {
            () => decoder.Prepare(other, Token),
            () => decoder.Decode(other, [Sam2Prompt.FromPoint(5, 5)], MaskOutput.Single, Token),
            () => decoder.Segment(other, [Sam2Prompt.FromPoint(5, 5)], MaskOutput.Single, cancellationToken: Token),
        })
        {
            var error = Assert.Throws<ArgumentException>(action);
            Assert.Contains("micro", error.Message, StringComparison.Ordinal);
            Assert.Contains("another model (fingerprint 77777777777777777777777777777777)", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Segment_PromptsBeyondTheFirstBatch_AreCheckedBeforeAnythingIsDecoded()
    {
        using var session = new GoldenSession("micro", "scene");
        Sam2Prompt[] prompts = [.. Enumerable.Repeat(Sam2Prompt.FromPoint(5, 5), 40), Sam2Prompt.FromPoint(5, 4000)];

        var error = Assert.Throws<ArgumentException>(
            () => session.Decoder.Segment(session.Image, prompts, MaskOutput.Single, cancellationToken: Token));

        Assert.Contains("Prompt 40: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Segment_FirstPixelAloneInItsBatch_IsNotTakenForNormalized()
    {
        using var session = new GoldenSession("micro", "scene");
        Sam2Prompt[] prompts = [.. Enumerable.Repeat(Sam2Prompt.FromPoint(50, 50), 32), Sam2Prompt.FromPoint(0.5f, 0.5f)];

        Assert.Equal(33, session.Decoder.Segment(session.Image, prompts, MaskOutput.Single, cancellationToken: Token).Count);
    }

    [Fact]
    public void Decode_AsManyPointsAsAllowed_GivesThePlainGraphsMasks()
    {
        using var session = new GoldenSession("micro", "scene");
        using var opened = TestModel.Open("micro");
        using var plain = new Sam2PromptDecoder(
            opened.Config, new PlainMaskDecoder(opened.Config, opened.Weights, new Sam2SessionOptions()));
        var random = new Random(1);
        var prompt = new Sam2Prompt
        {
            Points = [.. Enumerable.Range(0, Sam2Prompt.MaximumPoints).Select(i => new PointPrompt(
                random.NextSingle() * session.Image.ImageSize.Width, random.NextSingle() * session.Image.ImageSize.Height,
                (PointLabel)(i % 2)))],
        };

        var expected = plain.Decode(session.Image, [prompt, prompt], MaskOutput.Multimask, Token);
        var actual = session.Decoder.Decode(session.Image, [prompt, prompt], MaskOutput.Multimask, Token);

        for (var i = 0; i < 3; i++)
        {
            var logits = actual[1].Masks[i].LowResolutionMaskLogits.Span;
            Near.Assert($"mask {i}", expected[0].Masks[i].LowResolutionMaskLogits.Span, logits, Tolerances.LowResolutionMaskLogits);
        }
    }

    [Fact]
    public void Decode_ImageOfAnotherModel_SaysSo()
    {
        using var micro = new GoldenSession("micro", "scene");
        using var nano = new GoldenSession("nano", "scene");

        var error = Assert.Throws<ArgumentException>(
            () => micro.Decoder.Decode(nano.Image, [Sam2Prompt.FromPoint(1, 1)], MaskOutput.Single, Token));

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
                Golden.Size, _model.Config.ImageSize, Golden["image_embedding"], Golden["high_resolution_features.0"],
                Golden["high_resolution_features.1"]);
        }

        public GoldenImage Golden { get; }

        public Sam2PromptDecoder Decoder { get; }

        public EncodedImage Image { get; }

        public void AssertMatches(GoldenCase golden, DecodedPrompt answer)
        {
            float[] logits = [.. answer.Masks.SelectMany(mask => mask.LowResolutionMaskLogits.ToArray())];
            float[] iou = [.. answer.Masks.Select(mask => mask.PredictedIou)];
            Near.Assert(
                $"{golden}: logits", Golden[$"low_resolution_mask_logits.{golden.Name}"].Span, logits, Tolerances.LowResolutionMaskLogits);
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
