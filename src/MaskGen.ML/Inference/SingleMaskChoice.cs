using System.Numerics.Tensors;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference;

/// <summary>Picks one mask per prompt: the single-mask output, or where it is unstable the best of the multimask ones.</summary>
/// <remarks>Source: SAM 2 2b90b9f, mask_decoder.py _dynamic_multimask_via_stability.</remarks>
internal static class SingleMaskChoice
{
    /// <summary>Chooses and upscales.</summary>
    /// <param name="batch">Decoded prompts.</param>
    /// <param name="config">Says whether and how stability decides.</param>
    /// <param name="maskPixels">(S/4)^2.</param>
    /// <param name="logits">Receives float32 [B, S/4, S/4].</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <returns>The chosen mask token of every prompt.</returns>
    public static int[] Upscale(
        IDecodedBatch batch, MaskDecoderConfig config, int maskPixels, Span<float> logits, CancellationToken cancellationToken = default)
    {
        var chosen = new int[batch.Count];
        var masks = new MaskIndex[batch.Count];
        for (var prompt = 0; prompt < batch.Count; prompt++)
        {
            masks[prompt] = new MaskIndex(prompt, 0);
        }

        batch.UpscaleMasks(masks, logits, cancellationToken);
        if (!config.DynamicMultimaskViaStability || batch.MaskTokens == 1)
        {
            return chosen;
        }

        var unstable = new List<MaskIndex>();
        for (var prompt = 0; prompt < batch.Count; prompt++)
        {
            var stability = Stability(logits.Slice(prompt * maskPixels, maskPixels), config.DynamicMultimaskStabilityDelta);
            if (stability < config.DynamicMultimaskStabilityThreshold)
            {
                var multimask = batch.PredictedIou.Slice((prompt * batch.MaskTokens) + 1, batch.MaskTokens - 1);
                chosen[prompt] = 1 + TensorPrimitives.IndexOfMax(multimask);
                unstable.Add(new MaskIndex(prompt, chosen[prompt]));
            }
        }

        Replace(batch, unstable, maskPixels, logits, cancellationToken);
        return chosen;
    }

    private static void Replace(
        IDecodedBatch batch, List<MaskIndex> masks, int maskPixels, Span<float> logits, CancellationToken cancellationToken)
    {
        if (masks.Count == 0)
        {
            return;
        }

        var upscaled = new float[masks.Count * maskPixels];
        batch.UpscaleMasks(masks.ToArray(), upscaled, cancellationToken);
        for (var i = 0; i < masks.Count; i++)
        {
            upscaled.AsSpan(i * maskPixels, maskPixels).CopyTo(logits[(masks[i].Prompt * maskPixels)..]);
        }
    }

    // Unlike the generator's stability score, an empty mask counts as stable here: 1, as in the reference.
    private static float Stability(ReadOnlySpan<float> logits, float delta)
    {
        int strict = 0, lenient = 0;
        foreach (var logit in logits)
        {
            strict += logit > delta ? 1 : 0;
            lenient += logit > -delta ? 1 : 0;
        }

        return lenient == 0 ? 1 : (float)strict / lenient;
    }
}
