using MaskGen.ML.Inference;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Sam2;
using MaskGen.ML.Tests.Inference.Decoding;

namespace MaskGen.ML.Tests.Inference;

/// <summary>The decoder of other devices, on ONNX Runtime's CPU.</summary>
public class OnnxMaskDecoderTests
{
    // Products of another number of rows may be summed in another order.
    private const float OfOtherNumber = 1e-4f;

    private static readonly Sam2SessionOptions Options = new() { ThreadCount = 2 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("micro", "scene")]
    [InlineData("micro", "breakfast")]
    [InlineData("nano", "scene")]
    [InlineData("nano", "still-life")]
    public void Decode_EveryGoldenCase_GivesTheReferencesMasks(string model, string image)
    {
        using var opened = TestModel.Open(model);
        using var golden = new GoldenImage(model, image);
        using var decoder = new Sam2PromptDecoder(opened.Config, new OnnxMaskDecoder(opened.Config, opened.Weights, Options));
        var encoded = golden.Encoded(opened.Config);
        Assert.Contains(golden.Cases, expected => golden.Prompt(expected).HasMask);
        foreach (var expected in golden.Cases)
        {
            MaskDecoderParity.AssertGolden(decoder, encoded, golden, expected, "through ONNX Runtime");
        }
    }

    // 16 prompts of 8 tokens go through the graph together: the second and third portion begin within these batches.
    [Theory]
    [InlineData(1, 2, false)]
    [InlineData(16, 2, false)]
    [InlineData(17, 2, false)]
    [InlineData(37, 2, false)]
    [InlineData(20, 2, true)]
    [InlineData(3, 1, false)]
    [InlineData(3, 9, true)]
    [InlineData(2, 200, false)]
    public void Decode_AnyNumberOfPromptsAndPoints_GivesTheMasksOfBothOtherDecoders(int prompts, int points, bool hasMasks)
    {
        using var opened = TestModel.Open("micro");
        var image = FusedMaskDecoderTests.RandomImage(opened.Config, 3);
        var batch = FusedMaskDecoderTests.Prompts(prompts, points, opened.Config.ImageSize, hasMasks);
        using var decoder = new OnnxMaskDecoder(opened.Config, opened.Weights, Options);
        using var plain = new PlainMaskDecoder(opened.Config, opened.Weights, Options);
        using var fused = new FusedMaskDecoder(opened.Weights, opened.Config, Options);

        MaskDecoderParity.Assert(opened.Config, plain, decoder, image, batch);
        MaskDecoderParity.Assert(opened.Config, fused, decoder, image, batch);
    }

    [Fact]
    public void Decode_OfficialArchitecture_GivesThePlainGraphsMasks()
    {
        using var opened = TestModel.OpenOfficial("tiny");
        using var decoder = new OnnxMaskDecoder(opened.Config, opened.Weights, Options);
        using var plain = new PlainMaskDecoder(opened.Config, opened.Weights, Options);

        MaskDecoderParity.Assert(
            opened.Config, plain, decoder, FusedMaskDecoderTests.RandomImage(opened.Config, 7), FusedMaskDecoderTests.Prompts(2, 2, 1024));
    }

    // Layers, channels, heads, downsampling, size.
    [Theory]
    [InlineData(1, 64, 4, 2, 96)]
    [InlineData(3, 64, 4, 2, 96)]
    [InlineData(2, 96, 2, 1, 160)]
    [InlineData(3, 32, 8, 1, 64)]
    public void Decode_AnyArchitecture_GivesThePlainGraphsMasks(int layers, int hidden, int heads, int downsampling, int imageSize)
    {
        var config = new Sam2ModelConfig
        {
            ImageSize = imageSize,
            HiddenSize = hidden,
            PromptEncoder = new PromptEncoderConfig { MaskInputChannels = 8 },
            MaskDecoder = new MaskDecoderConfig
            {
                LayerCount = layers,
                HeadCount = heads,
                AttentionDownsampleRate = downsampling,
                MlpSize = 72,
                IouHeadDepth = 2,
                IouHeadHiddenSize = 40,
                MultimaskOutputs = 4,
            },
        };
        using var weights = FusedMaskDecoderTests.Formula(config);
        using var decoder = new OnnxMaskDecoder(config, weights, Options);
        using var plain = new PlainMaskDecoder(config, weights, Options);
        foreach (var hasMasks in new[] { false, true })
        {
            var prompts = FusedMaskDecoderTests.Prompts(3, 4, imageSize, hasMasks);
            MaskDecoderParity.Assert(config, plain, decoder, FusedMaskDecoderTests.RandomImage(config, 3), prompts);
        }
    }

    [Fact]
    public void UpscaleMasks_SomeMasks_GivesThoseOfAll()
    {
        using var opened = TestModel.Open("micro");
        using var decoder = new OnnxMaskDecoder(opened.Config, opened.Weights, Options);
        using var image = decoder.Prepare(FusedMaskDecoderTests.RandomImage(opened.Config, 5), Token);
        using var batch = decoder.Decode(image, FusedMaskDecoderTests.Prompts(40, 2, opened.Config.ImageSize), Token);
        var pixels = opened.Config.MaskSize * opened.Config.MaskSize;
        MaskIndex[] some = [new(0, 3), new(0, 1), new(4, 2), new(4, 2), new(15, 1), new(16, 0), new(39, 3), new(39, 0)];
        var allLogits = MaskDecoderParity.AllLogits(batch, opened.Config);
        var someLogits = new float[some.Length * pixels];

        batch.UpscaleMasks(some, someLogits, Token);
        batch.UpscaleMasks([], [], Token);

        for (var i = 0; i < some.Length; i++)
        {
            var expected = allLogits.AsSpan(((some[i].Prompt * 4) + some[i].Token) * pixels, pixels);
            Near.Assert($"{some[i]}", expected, someLogits.AsSpan(i * pixels, pixels), OfOtherNumber);
        }
    }

    [Fact]
    public void UpscaleMasks_WrongArguments_SaysSo()
    {
        using var opened = TestModel.Open("micro");
        using var decoder = new OnnxMaskDecoder(opened.Config, opened.Weights, Options);
        using var image = decoder.Prepare(FusedMaskDecoderTests.RandomImage(opened.Config, 5), Token);
        var batch = decoder.Decode(image, FusedMaskDecoderTests.Prompts(2, 2, opened.Config.ImageSize), Token);
        var pixels = opened.Config.MaskSize * opened.Config.MaskSize;

        Assert.Throws<ArgumentException>(() => batch.UpscaleMasks([new(0, 0)], new float[pixels - 1], Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.UpscaleMasks([new(2, 0)], new float[pixels], Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.UpscaleMasks([new(0, 4)], new float[pixels], Token));
        Assert.Throws<ArgumentException>(() => batch.UpscaleMasks([new(1, 0), new(0, 0)], new float[2 * pixels], Token));
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batch.UpscaleMasks([new(0, 0)], new float[pixels], Token));
    }

    [Fact]
    public void Prepare_SameImageAgain_IsNotComputedAgainAndFreedWithTheLastHolder()
    {
        using var opened = TestModel.Open("micro");
        var decoder = new OnnxMaskDecoder(opened.Config, opened.Weights, Options);
        var encoded = FusedMaskDecoderTests.RandomImage(opened.Config, 5);
        var first = (PreparedImageHandle<OnnxPreparedImage>)decoder.Prepare(encoded, Token);
        var second = (PreparedImageHandle<OnnxPreparedImage>)decoder.Prepare(encoded, Token);
        var (prepared, kept) = (first.Prepared, second.Prepared);
        var batch = decoder.Decode(first, FusedMaskDecoderTests.Prompts(2, 2, opened.Config.ImageSize), Token);
        Assert.Same(prepared, kept);

        first.Dispose();
        second.Dispose();
        using (decoder.Prepare(FusedMaskDecoderTests.RandomImage(opened.Config, 6), Token))
        {
            Assert.False(prepared.IsReleased);
            batch.Dispose();
            Assert.True(prepared.IsReleased);
        }

        using var last = (PreparedImageHandle<OnnxPreparedImage>)decoder.Prepare(encoded, Token);
        Assert.NotSame(prepared, last.Prepared);
        decoder.Dispose();
        Assert.False(last.Prepared.IsReleased);
        Assert.Throws<ObjectDisposedException>(() => first.Prepared);
    }

    [Fact]
    public void Decode_FromManyThreadsOnTwoImages_GivesEachItsOwnMasks()
    {
        using var opened = TestModel.Open("micro");
        using var decoder = new OnnxMaskDecoder(opened.Config, opened.Weights, Options);
        EncodedImage[] images = [FusedMaskDecoderTests.RandomImage(opened.Config, 1), FusedMaskDecoderTests.RandomImage(opened.Config, 2)];
        var prompts = FusedMaskDecoderTests.Prompts(3, 2, opened.Config.ImageSize);
        float[][] expected = [Logits(0), Logits(1)];

        Parallel.For(0, 12, i => Near.Assert($"{i}", expected[i % 2], Logits(i % 2), OfOtherNumber));

        float[] Logits(int image)
        {
            using var prepared = decoder.Prepare(images[image], Token);
            using var batch = decoder.Decode(prepared, prompts, Token);
            return MaskDecoderParity.AllLogits(batch, opened.Config);
        }
    }

    [Fact]
    public void Decode_ImageOfAnotherDecoder_SaysWhatWasExpected()
    {
        using var opened = TestModel.Open("micro");
        using var decoder = new OnnxMaskDecoder(opened.Config, opened.Weights, Options);
        using var fused = new FusedMaskDecoder(opened.Weights, opened.Config, Options);
        using var image = fused.Prepare(FusedMaskDecoderTests.RandomImage(opened.Config, 5), Token);

        var error = Assert.Throws<ArgumentException>(
            () => decoder.Decode(image, FusedMaskDecoderTests.Prompts(1, 2, opened.Config.ImageSize), Token));

        Assert.Contains("prepared by this decoder", error.Message, StringComparison.Ordinal);
    }
}
