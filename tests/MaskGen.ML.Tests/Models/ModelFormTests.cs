using System.Runtime.InteropServices;
using MaskGen.ML.Imaging;
using MaskGen.ML.Tests.Checkpoints;

namespace MaskGen.ML.Tests.Models;

/// <summary>One model in several forms of file gives one set of masks.</summary>
public class ModelFormTests
{
    [Fact]
    public void Decode_MetaFileAndSafetensors_GiveMasksEqualBitByBit()
    {
        var expected = Segment("model.safetensors");
        var actual = Segment("micro.pt");
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(BitConverter.SingleToInt32Bits(expected[i].PredictedIou), BitConverter.SingleToInt32Bits(actual[i].PredictedIou));
            Assert.True(Bytes(expected[i]).SequenceEqual(Bytes(actual[i])), $"mask {i}");
        }
    }

    [Fact]
    public void Decode_MetaFileOfTinysArchitecture_GivesTheReferencesFigures()
    {
        using var folder = new TestFolder();
        using var formula = Sam2ArchitectureDetectorTests.Official("tiny");
        var model = Sam2Model.FromFile(folder.Write("sam2_hiera_tiny.pt", MetaCheckpoint.Write(formula)));
        var golden = OfficialGoldens.Read("tiny").Points;
        using var encoder = new Sam2ImageEncoder(model);
        using var decoder = new Sam2PromptDecoder(model);
        var pixels = Sam2Preprocessing.Preprocess(
            RgbImage.Load(Fixture.Path("images/still-life.png")), encoder.InputSize, TestContext.Current.CancellationToken);

        // The prompts of these goldens are in the frame of the model input.
        var frame = new ImageSize(encoder.InputSize, encoder.InputSize);
        var image = encoder.Encode(pixels, frame, TestContext.Current.CancellationToken);
        Sam2Prompt[] prompts = [.. golden.InputPoints!.Select(point => Sam2Prompt.FromPoint(point[0], point[1]))];
        var masks = decoder.Decode(image, prompts, MaskOutput.Multimask, TestContext.Current.CancellationToken)
            .SelectMany(p => p.Masks).ToList();

        var iou = masks.Select(m => m.PredictedIou).ToArray();
        var logits = masks.SelectMany(m => m.LowResolutionMaskLogits.ToArray()).ToArray();
        Near.Assert("predicted IoU", golden.PredictedIou.SelectMany(row => row).ToArray(), iou, Tolerances.PredictedIou);
        golden.LowResolutionMaskLogits.AssertMatches("logits", logits, Tolerances.LowResolutionMaskLogits);
    }

    private static DecodedMask[] Segment(string file)
    {
        var model = Sam2Model.FromFile(Fixture.Path("micro/" + file));
        using var encoder = new Sam2ImageEncoder(model);
        using var decoder = new Sam2PromptDecoder(model);
        var image = RgbImage.Load(Fixture.Path("images/breakfast.png"));
        var encoded = encoder.Encode(image, TestContext.Current.CancellationToken);
        Sam2Prompt[] prompts = [Sam2Prompt.FromPoint(100, 120), Sam2Prompt.FromBox(new BoxXyxy(40, 50, 300, 250))];
        return [.. decoder.Decode(encoded, prompts, MaskOutput.Multimask, TestContext.Current.CancellationToken).SelectMany(p => p.Masks)];
    }

    private static ReadOnlySpan<byte> Bytes(DecodedMask mask) => MemoryMarshal.AsBytes(mask.LowResolutionMaskLogits.Span);
}
