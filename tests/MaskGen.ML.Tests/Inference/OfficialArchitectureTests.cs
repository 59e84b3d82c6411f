using MaskGen.ML.Imaging;

namespace MaskGen.ML.Tests.Inference;

/// <summary>The four official architectures end to end, with weights computed from their names.</summary>
public class OfficialArchitectureTests
{
    [Theory]
    [InlineData("tiny")]
    [InlineData("small")]
    [InlineData("base_plus")]
    [InlineData("large")]
    public void EncodeAndDecode_FormulaWeights_GiveTheReferencesFigures(string size)
    {
        var golden = OfficialGoldens.Read(size);
        using var opened = TestModel.OpenOfficial(size);
        using var encoder = new Sam2ImageEncoder(opened.Config, opened.Weights);
        using var decoder = new Sam2PromptDecoder(opened.Config, opened.Weights);
        var inputSize = opened.Config.ImageSize;
        var pixels = Sam2Preprocessing.Preprocess(
            RgbImage.Load(Fixture.Path("images/still-life.png")), inputSize, TestContext.Current.CancellationToken);

        // The prompts of these goldens are in the frame of the model input.
        var image = encoder.Encode(pixels, new ImageSize(inputSize, inputSize), TestContext.Current.CancellationToken);

        golden.ImageEmbedding.AssertMatches("embedding", image.ImageEmbedding.Span, Tolerances.Embedding);
        golden.HighResolutionFeatures[0].AssertMatches("features 0", image.HighResolutionFeatures0.Span, Tolerances.Embedding);
        golden.HighResolutionFeatures[1].AssertMatches("features 1", image.HighResolutionFeatures1.Span, Tolerances.Embedding);

        Sam2Prompt[] points = [.. golden.Points.InputPoints!.Select(point => Sam2Prompt.FromPoint(point[0], point[1]))];
        AssertMatches(golden.Points, decoder.Decode(image, points, MaskOutput.Multimask, TestContext.Current.CancellationToken));

        var box = golden.Box.InputBox!;
        Sam2Prompt[] boxes = [Sam2Prompt.FromBox(new BoxXyxy(box[0], box[1], box[2], box[3]))];
        AssertMatches(golden.Box, decoder.Decode(image, boxes, MaskOutput.Single, TestContext.Current.CancellationToken));
    }

    private static void AssertMatches(OfficialPrompt golden, IReadOnlyList<DecodedPrompt> answers)
    {
        float[] iou = [.. answers.SelectMany(answer => answer.Masks.Select(mask => mask.PredictedIou))];
        float[] logits = [.. answers.SelectMany(answer => answer.Masks.SelectMany(mask => mask.LowResolutionMaskLogits.ToArray()))];
        Near.Assert("predicted IoU", golden.PredictedIou.SelectMany(row => row).ToArray(), iou, Tolerances.PredictedIou);
        golden.LowResolutionMaskLogits.AssertMatches("logits", logits, Tolerances.LowResolutionMaskLogits);
    }
}
