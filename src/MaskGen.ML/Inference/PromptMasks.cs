using MaskGen.ML.Masks;

namespace MaskGen.ML.Inference;

/// <summary>Makes masks at the size of the image from the decoder's answers.</summary>
internal static class PromptMasks
{
    /// <param name="imageSize">Size of the original image.</param>
    /// <param name="maskSize">Side of the low-resolution masks, S/4.</param>
    /// <param name="prompts">The prompts, in pixels of the original image.</param>
    /// <param name="answers">The answer to each.</param>
    /// <param name="cut">The thresholds.</param>
    /// <param name="cancellationToken">Checked between masks.</param>
    /// <returns>The masks, one prompt after the other.</returns>
    public static MaskSet Create(
        ImageSize imageSize,
        int maskSize,
        IReadOnlyList<Sam2Prompt> prompts,
        IReadOnlyList<DecodedPrompt> answers,
        MaskCut cut,
        CancellationToken cancellationToken = default)
    {
        var upsampler = new MaskUpsampler(maskSize, imageSize);
        var masks = new List<MaskRecord>();
        for (var i = 0; i < prompts.Count; i++)
        {
            foreach (var mask in answers[i].Masks)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var measured = upsampler.Measure(mask.LowResolutionMaskLogits.Span, cut);
                masks.Add(new MaskRecord
                {
                    Segmentation = measured.Mask,
                    BoundingBox = measured.Mask.BoundingBox,
                    PredictedIou = mask.PredictedIou,
                    StabilityScore = measured.StabilityScore,
                    Points = prompts[i].Points,
                    Box = prompts[i].Box,
                    CropBox = new BoxXywh(0, 0, imageSize.Width, imageSize.Height),
                    ObjectScoreLogit = answers[i].ObjectScoreLogit,
                    Label = prompts[i].Label,
                    PromptScore = prompts[i].Score,
                });
            }
        }

        return new MaskSet(imageSize, masks);
    }
}
