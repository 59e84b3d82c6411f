using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Kernels;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Inference.Decoding;

public class FusedMaskDecoderTests
{
    // Tighter than against the references: both start from the same embedding here.
    private const float Logits = 1e-3f;
    private const float PredictedIou = 1e-4f;

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
            var encoded = new EncodedImage(
                golden.Size, opened.Config.ImageSize, golden["image_embedding"], golden["high_resolution_features.0"], golden["high_resolution_features.1"]);
            foreach (var goldenCase in golden.Cases)
            {
                var answer = Assert.Single(decoder.Decode(encoded, [golden.Prompt(goldenCase)], goldenCase.Output, TestContext.Current.CancellationToken));

                float[] logits = [.. answer.Masks.SelectMany(mask => mask.LowResolutionMaskLogits.ToArray())];
                float[] iou = [.. answer.Masks.Select(mask => mask.PredictedIou)];
                var what = $"{goldenCase.Name} on {kernels.VectorWidth} lanes";
                Near.Assert($"{what}: predicted IoU", goldenCase.PredictedIou, iou, Tolerances.PredictedIou);
                Near.Assert($"{what}: object score", [goldenCase.ObjectScoreLogit], [answer.ObjectScoreLogit], Tolerances.ObjectScoreLogit);
                Near.Assert($"{what}: logits", golden[$"low_resolution_mask_logits.{goldenCase.Name}"].Span, logits, Tolerances.LowResolutionMaskLogits);
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
        var encoded = new EncodedImage(
            golden.Size, opened.Config.ImageSize, golden["image_embedding"], golden["high_resolution_features.0"], golden["high_resolution_features.1"]);
        AssertLikePlainGraph(opened.Config, opened.Weights, encoded, Prompts(prompts, points, opened.Config.ImageSize), threads);
    }

    [Theory]
    [InlineData("tiny")]
    public void Decode_OfficialGeometry_GivesThePlainGraphsMasks(string size)
    {
        using var opened = TestModel.OpenOfficial(size);
        AssertLikePlainGraph(opened.Config, opened.Weights, RandomImage(opened.Config, 7), Prompts(3, 2, opened.Config.ImageSize), 2);
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

    internal static PromptBatch Prompts(int prompts, int points, int imageSize)
    {
        var random = new Random((prompts * 31) + points);
        var labels = new PointLabel[prompts * points];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (i + 1) % points == 0 ? PointLabel.Padding : (PointLabel)random.Next(4);
        }

        return new PromptBatch(points, Enumerable.Range(0, 2 * labels.Length).Select(_ => random.NextSingle() * imageSize).ToArray(), labels, default);
    }

    private static void AssertLikePlainGraph(Sam2ModelConfig config, ICheckpoint weights, EncodedImage image, PromptBatch prompts, int threads)
    {
        using var plain = new OnnxMaskDecoder(config, weights, new Sam2SessionOptions { ThreadCount = 2 });
        using var fused = new FusedMaskDecoder(weights, config, new Sam2SessionOptions { ThreadCount = threads });
        using var plainImage = plain.Prepare(image);
        using var fusedImage = fused.Prepare(image);
        using var expected = plain.Decode(plainImage, prompts, TestContext.Current.CancellationToken);
        using var actual = fused.Decode(fusedImage, prompts, TestContext.Current.CancellationToken);

        Near.Assert("predicted IoU", expected.PredictedIou, actual.PredictedIou, PredictedIou);
        Near.Assert("object score", expected.ObjectScoreLogits, actual.ObjectScoreLogits, Logits);
        MaskIndex[] masks = [.. Enumerable.Range(0, prompts.Count * expected.MaskTokens).Select(i => new MaskIndex(i / expected.MaskTokens, i % expected.MaskTokens))];
        var pixels = config.MaskSize * config.MaskSize;
        var expectedLogits = new float[masks.Length * pixels];
        var actualLogits = new float[masks.Length * pixels];
        expected.UpscaleMasks(masks, expectedLogits);
        actual.UpscaleMasks(masks, actualLogits);
        Near.Assert("logits", expectedLogits, actualLogits, Logits);
    }
}
