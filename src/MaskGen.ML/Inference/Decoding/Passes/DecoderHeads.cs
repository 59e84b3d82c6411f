using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>What is read from the output tokens after the transformer.</summary>
internal sealed unsafe class DecoderHeads(DecoderWeights weights, PanelKernels kernels, ScratchArena arena)
{
    private readonly DecoderSizes _sizes = weights.Sizes;

    /// <summary>Predicted IoU, object scores and hypernetwork weights of some prompts of a batch.</summary>
    /// <param name="batch">Receives them.</param>
    /// <param name="first">First prompt.</param>
    /// <param name="count">Number of prompts.</param>
    /// <param name="tokens">[count, tokens, d].</param>
    public void Run(DecodedBatch batch, int first, int count, float* tokens)
    {
        var promptStride = batch.Layout.PromptTokens * DecoderSizes.Stride(_sizes.Hidden);
        Apply(weights.ObjectHead, tokens, 0, promptStride, count, batch.ObjectScoreValues.AsSpan(first, count), 1, 1);
        var predictedIou = batch.PredictedIouValues.AsSpan(first * _sizes.MaskTokens, count * _sizes.MaskTokens);
        Apply(weights.IouHead, tokens, DecoderSizes.IouToken, promptStride, count, predictedIou, _sizes.MaskTokens, _sizes.MaskTokens);
        foreach (ref var value in predictedIou)
        {
            value = 1 / (1 + MathF.Exp(-value));
        }

        var channels = _sizes.SecondUpscaled;
        for (var mask = 0; mask < _sizes.MaskTokens; mask++)
        {
            var target = batch.HyperWeights.AsSpan(((first * _sizes.MaskTokens) + mask) * channels);
            var token = DecoderSizes.FirstMaskToken + mask;
            Apply(weights.Hypernetworks[mask], tokens, token, promptStride, count, target, _sizes.MaskTokens * channels, channels);
        }
    }

    private void Apply(
        FeedForward head, float* tokens, int token, int promptStride, int count, Span<float> target, int targetStride, int outputs)
    {
        var result = arena.Take((long)count * head.OutputStride);
        head.Apply(kernels, arena, tokens + (token * DecoderSizes.Stride(_sizes.Hidden)), promptStride, count, result);
        for (var prompt = 0; prompt < count; prompt++)
        {
            new ReadOnlySpan<float>(result + ((long)prompt * head.OutputStride), outputs).CopyTo(target[(prompt * targetStride)..]);
        }
    }
}
