namespace MaskGen.ML.Stages;

/// <summary>Makes masks at the size of the image from the decoder's answers.</summary>
internal static class PromptMasks
{
    /// <param name="imageSize">Size of the original image.</param>
    /// <param name="maskSize">Side of the low-resolution masks, S/4.</param>
    /// <param name="prompts">The prompts, in pixels of the original image.</param>
    /// <param name="answers">The answer to each.</param>
    /// <param name="maskThreshold">Logit above which a pixel is set.</param>
    /// <param name="stabilityScoreOffset">Half the width of the band of the stability score, in logits.</param>
    public static MaskSet Create(
        ImageSize imageSize, int maskSize, IReadOnlyList<Sam2Prompt> prompts, IReadOnlyList<DecodedPrompt> answers, float maskThreshold, float stabilityScoreOffset)
    {
        var masks = new List<MaskRecord>();
        for (var i = 0; i < prompts.Count; i++)
        {
            foreach (var mask in answers[i].Masks)
            {
                masks.Add(InterimMasks.Record(mask.LowResolutionMaskLogits.Span, maskSize, imageSize, maskThreshold, stabilityScoreOffset, mask.PredictedIou, prompts[i], answers[i].ObjectScoreLogit));
            }
        }

        return new MaskSet(imageSize, masks);
    }
}
