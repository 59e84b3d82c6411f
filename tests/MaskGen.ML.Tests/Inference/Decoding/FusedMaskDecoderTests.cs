using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Kernels;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Inference.Decoding;

public class FusedMaskDecoderTests
{
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
        foreach (var kernels in PanelKernels.All)
        {
            using var decoder = new Sam2PromptDecoder(opened.Config, new FusedMaskDecoder(opened.Weights, opened.Config, kernels: kernels));
            var encoded = golden.Encoded(opened.Config);
            foreach (var goldenCase in golden.Cases)
            {
                MaskDecoderParity.AssertGolden(decoder, encoded, golden, goldenCase, $"on {kernels.VectorWidth} lanes");
            }
        }
    }

    [Theory]
    [InlineData(1, 2, 1)]
    [InlineData(1, 2, 2)]
    [InlineData(5, 2, 2)]
    [InlineData(37, 2, 2)]
    [InlineData(3, 1, 2)]
    [InlineData(3, 3, 1)]
    [InlineData(3, 4, 3)]
    [InlineData(3, 9, 2)]
    [InlineData(2, 20, 2)]
    public void Decode_AnyNumberOfPromptsPointsAndThreads_GivesThePlainGraphsMasks(int prompts, int points, int threads)
    {
        using var opened = TestModel.Open("nano");
        using var golden = new GoldenImage("nano", "still-life");
        var encoded = golden.Encoded(opened.Config);
        AssertLikePlainGraph(opened.Config, opened.Weights, encoded, Prompts(prompts, points, opened.Config.ImageSize), threads);
    }

    [Theory]
    [InlineData("tiny")]
    [InlineData("small")]
    [InlineData("base_plus")]
    [InlineData("large")]
    public void Decode_OfficialArchitecture_GivesThePlainGraphsMasks(string size)
    {
        using var opened = TestModel.OpenOfficial(size);
        AssertLikePlainGraph(opened.Config, opened.Weights, RandomImage(opened.Config, 7), Prompts(3, 2, opened.Config.ImageSize), 2);
    }

    // Layers, channels, heads, downsampling, size: heads across panels of 32, tokens that fill no panel, more values than channels, one
    // layer.
    [Theory]
    [InlineData(1, 64, 4, 2, 96, 2)]
    [InlineData(3, 64, 4, 2, 96, 2)]
    [InlineData(2, 192, 8, 2, 64, 2)]
    [InlineData(2, 96, 2, 1, 160, 5)]
    [InlineData(3, 32, 8, 1, 64, 12)]
    public void Decode_AnyArchitecture_GivesThePlainGraphsMasks(
        int layers, int hidden, int heads, int downsampling, int imageSize, int points)
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
        using var weights = Formula(config);
        foreach (var hasMasks in new[] { false, true })
        {
            AssertLikePlainGraph(config, weights, RandomImage(config, 3), Prompts(3, points, imageSize, hasMasks), 2);
        }
    }

    [Theory]
    [InlineData("micro", 40)]
    [InlineData("nano", 6)]
    public void Decode_AnyNumberOfThreadsAndNeighbours_GivesTheSameBits(string model, int count)
    {
        using var opened = TestModel.Open(model);
        var image = RandomImage(opened.Config, 5);
        var prompts = Prompts(count, 2, opened.Config.ImageSize);
        using var decoder = new FusedMaskDecoder(opened.Weights, opened.Config, new Sam2SessionOptions { ThreadCount = 1 });
        using var prepared = decoder.Prepare(image, Token);
        using var together = decoder.Decode(prepared, prompts, Token);
        for (var threads = 1; threads <= 3; threads++)
        {
            using var another = new FusedMaskDecoder(opened.Weights, opened.Config, new Sam2SessionOptions { ThreadCount = threads });
            using var anotherPrepared = another.Prepare(image, Token);
            for (var i = 0; i < count; i++)
            {
                var one = new PromptBatch(2, prompts.Coordinates.Slice(4 * i, 4), prompts.Labels.Slice(2 * i, 2), default);
                using var alone = another.Decode(anotherPrepared, one, Token);

                Near.Assert($"prompt {i}", together.PredictedIou.Slice(4 * i, 4), alone.PredictedIou, 0);
            }
        }
    }

    [Fact]
    public void UpscaleMasks_SomeMasks_GivesThoseOfAll()
    {
        using var opened = TestModel.Open("micro");
        using var decoder = new FusedMaskDecoder(opened.Weights, opened.Config);
        using var image = decoder.Prepare(RandomImage(opened.Config, 5), Token);
        using var batch = decoder.Decode(image, Prompts(20, 3, opened.Config.ImageSize), Token);
        var pixels = opened.Config.MaskSize * opened.Config.MaskSize;
        MaskIndex[] all = [.. Enumerable.Range(0, 80).Select(i => new MaskIndex(i / 4, i % 4))];
        MaskIndex[] some = [new(0, 3), new(0, 1), new(4, 2), new(4, 2), new(4, 0), new(4, 1), new(4, 3), new(19, 0)];
        var allLogits = new float[all.Length * pixels];
        var someLogits = new float[some.Length * pixels];
        batch.UpscaleMasks(all, allLogits, Token);
        batch.UpscaleMasks(some, someLogits, Token);
        batch.UpscaleMasks([], [], Token);

        for (var i = 0; i < some.Length; i++)
        {
            var expected = allLogits.AsSpan(((some[i].Prompt * 4) + some[i].Token) * pixels, pixels);
            Near.Assert($"{some[i]}", expected, someLogits.AsSpan(i * pixels, pixels), 0);
        }
    }

    [Fact]
    public void UpscaleMasks_WrongArguments_SaysSo()
    {
        using var opened = TestModel.Open("micro");
        using var decoder = new FusedMaskDecoder(opened.Weights, opened.Config);
        using var image = decoder.Prepare(RandomImage(opened.Config, 5), Token);
        var batch = decoder.Decode(image, Prompts(2, 2, opened.Config.ImageSize), Token);
        var pixels = opened.Config.MaskSize * opened.Config.MaskSize;

        Assert.Throws<ArgumentException>(() => batch.UpscaleMasks([new(0, 0)], new float[pixels - 1], Token));
        Assert.Throws<ArgumentException>(() => batch.UpscaleMasks([new(1, 0), new(0, 0)], new float[2 * pixels], Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.UpscaleMasks([new(0, 4)], new float[pixels], Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.UpscaleMasks([new(2, 0)], new float[pixels], Token));
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batch.UpscaleMasks([new(0, 0)], new float[pixels], Token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Decode_Cancelled_Throws(int threads)
    {
        using var opened = TestModel.Open("micro");
        using var decoder = new FusedMaskDecoder(opened.Weights, opened.Config, new Sam2SessionOptions { ThreadCount = threads });
        using var image = decoder.Prepare(RandomImage(opened.Config, 5), Token);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => decoder.Decode(image, Prompts(1, 2, 128), cancelled.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => decoder.Decode(image, Prompts(9, 2, 128), cancelled.Token));
        Assert.ThrowsAny<OperationCanceledException>(() => decoder.Decode(image, Prompts(2, 2, 128, hasMasks: true), cancelled.Token));
    }

    [Fact]
    public void Decode_FromManyThreadsOnTwoImages_GivesEachItsOwnMasks()
    {
        using var opened = TestModel.Open("micro");
        using var decoder = new FusedMaskDecoder(opened.Weights, opened.Config, new Sam2SessionOptions { ThreadCount = 2 });
        EncodedImage[] images = [RandomImage(opened.Config, 1), RandomImage(opened.Config, 2)];
        var prompts = Prompts(5, 2, opened.Config.ImageSize);
        var expected = Array.ConvertAll(images, Masks);

        Parallel.For(0, 24, i => Near.Assert($"call {i}", expected[i % 2], Masks(images[i % 2]), 0));

        // Images are given back before their masks are upscaled: a batch holds what it needs itself.
        float[] Masks(EncodedImage image)
        {
            var prepared = decoder.Prepare(image);
            using var batch = decoder.Decode(prepared, prompts, CancellationToken.None);
            prepared.Dispose();
            prepared.Dispose();
            var logits = new float[5 * opened.Config.MaskSize * opened.Config.MaskSize];
            batch.UpscaleMasks([.. Enumerable.Range(0, 5).Select(prompt => new MaskIndex(prompt, 1))], logits);
            return [.. batch.PredictedIou, .. logits];
        }
    }

    [Fact]
    public void Decode_DisposedImage_Throws()
    {
        using var opened = TestModel.Open("micro");
        using var decoder = new FusedMaskDecoder(opened.Weights, opened.Config);
        var image = decoder.Prepare(RandomImage(opened.Config, 1), Token);
        image.Dispose();

        Assert.Throws<ObjectDisposedException>(() => decoder.Decode(image, Prompts(1, 2, 128), Token));
    }

    [Fact]
    public void Prepare_ImageOfAnotherArchitecture_SaysWhatWasExpected()
    {
        using var opened = TestModel.Open("micro");
        using var decoder = new FusedMaskDecoder(opened.Weights, opened.Config);
        var other = RandomImage(opened.Config with { ImageSize = 64 }, 1);

        var error = Assert.Throws<ArgumentException>(() => decoder.Prepare(other, Token));
        Assert.Contains("2048 values, found 512", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_WeightOfAnotherShape_NamesTensorExpectedAndFound()
    {
        using var opened = TestModel.Open("micro");

        var error = Assert.Throws<CheckpointFormatException>(() => new FusedMaskDecoder(
            opened.Weights, opened.Config with { HiddenSize = 64 }));
        Assert.Contains("[2, 32]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 16]", error.Message, StringComparison.Ordinal);
    }

    internal static EncodedImage RandomImage(Sam2ModelConfig config, int seed)
    {
        var random = new Random(seed);
        var tokens = config.EmbeddingSize * config.EmbeddingSize;
        float[] Values(int count, float scale) => [.. Enumerable.Range(0, count).Select(_ => ((2 * random.NextSingle()) - 1) * scale)];
        return new EncodedImage(
            new ImageSize(config.ImageSize, config.ImageSize),
            config.ImageSize,
            Values(config.HiddenSize * tokens, 6),
            Values(config.HiddenSize / 8 * tokens * 16, 2.5f),
            Values(config.HiddenSize / 4 * tokens * 4, 2.5f));
    }

    internal static PromptBatch Prompts(int prompts, int points, int imageSize, bool hasMasks = false)
    {
        var random = new Random((prompts * 31) + points);
        var labels = new PromptTokenLabel[prompts * points];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (i + 1) % points == 0 ? PromptTokenLabel.Padding : (PromptTokenLabel)random.Next(4);
        }

        float[] coordinates = [.. Enumerable.Range(0, 2 * labels.Length).Select(_ => random.NextSingle() * imageSize)];
        var maskValues = hasMasks ? prompts * (imageSize / 4) * (imageSize / 4) : 0;
        float[] masks = [.. Enumerable.Range(0, maskValues).Select(_ => (random.NextSingle() * 64) - 32)];
        return new PromptBatch(points, coordinates, labels, masks);
    }

    internal static FormulaCheckpoint Formula(Sam2ModelConfig config) =>
        new(Sam2CheckpointContract.RequiredTensors(config).ToDictionary(
            tensor => tensor.Key, tensor => new TensorDescription(TensorElementType.Float32, tensor.Value.Shape)));

    private static void AssertLikePlainGraph(
        Sam2ModelConfig config, ICheckpoint weights, EncodedImage image, PromptBatch prompts, int threads)
    {
        using var plain = new PlainMaskDecoder(config, weights, new Sam2SessionOptions { ThreadCount = 2 });
        using var fused = new FusedMaskDecoder(weights, config, new Sam2SessionOptions { ThreadCount = threads });
        MaskDecoderParity.Assert(config, plain, fused, image, prompts);
    }
}
