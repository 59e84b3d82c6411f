using MaskGen.ML.Inference;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests.Inference;

/// <summary>Compares what decoders give, with each other and with the references.</summary>
internal static class MaskDecoderParity
{
    // Tighter than against the references: both start from the same embedding here.
    private const float Logits = 1e-3f;
    private const float PredictedIou = 1e-4f;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Decodes prompts with two decoders and compares scores and the logits of all masks.</summary>
    public static void Assert(
        Sam2ModelConfig config, IMaskDecoder expected, IMaskDecoder actual, EncodedImage image, PromptBatch prompts)
    {
        using var expectedImage = expected.Prepare(image, Token);
        using var actualImage = actual.Prepare(image, Token);
        using var expectedBatch = expected.Decode(expectedImage, prompts, Token);
        using var actualBatch = actual.Decode(actualImage, prompts, Token);

        Near.Assert("predicted IoU", expectedBatch.PredictedIou, actualBatch.PredictedIou, PredictedIou);
        Near.Assert("object score", expectedBatch.ObjectScoreLogits, actualBatch.ObjectScoreLogits, Logits);
        Near.Assert("logits", AllLogits(expectedBatch, config), AllLogits(actualBatch, config), Logits);
    }

    /// <summary>Compares a golden case with what a decoder makes of the references' embedding.</summary>
    public static void AssertGolden(Sam2PromptDecoder decoder, EncodedImage encoded, GoldenImage golden, GoldenCase expected, string how)
    {
        var answer = Xunit.Assert.Single(decoder.Decode(encoded, [golden.Prompt(expected)], expected.Output, Token));

        float[] logits = [.. answer.Masks.SelectMany(mask => mask.LowResolutionMaskLogits.ToArray())];
        float[] iou = [.. answer.Masks.Select(mask => mask.PredictedIou)];
        var what = $"{expected.Name} {how}";
        Near.Assert($"{what}: predicted IoU", expected.PredictedIou, iou, Tolerances.PredictedIou);
        Near.Assert($"{what}: object score", [expected.ObjectScoreLogit], [answer.ObjectScoreLogit], Tolerances.ObjectScoreLogit);
        Near.Assert(
            $"{what}: logits",
            golden[$"low_resolution_mask_logits.{expected.Name}"].Span,
            logits,
            Tolerances.LowResolutionMaskLogits);
    }

    /// <summary>Logits of every mask of a batch.</summary>
    public static float[] AllLogits(IDecodedBatch batch, Sam2ModelConfig config)
    {
        MaskIndex[] masks =
        [
            .. Enumerable.Range(0, batch.Count * batch.MaskTokens).Select(i => new MaskIndex(i / batch.MaskTokens, i % batch.MaskTokens)),
        ];
        var logits = new float[masks.Length * config.MaskSize * config.MaskSize];
        batch.UpscaleMasks(masks, logits, Token);
        return logits;
    }
}
