using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>What is read from the output tokens after the transformer.</summary>
internal sealed unsafe class DecoderHeads(DecoderWeights weights, PanelKernels kernels, ScratchArena arena)
{
    private readonly DecoderGeometry _geometry = weights.Geometry;

    /// <summary>Scores and hypernetwork weights of some prompts of a batch.</summary>
    /// <param name="batch">Receives them.</param>
    /// <param name="first">First prompt.</param>
    /// <param name="count">Number of prompts.</param>
    /// <param name="tokens">[count, tokens, d].</param>
    public void Run(DecodedBatch batch, int first, int count, float* tokens)
    {
        var promptStride = batch.Plan.Tokens * DecoderGeometry.Stride(_geometry.Hidden);
        Apply(weights.ObjectHead, tokens, 0, promptStride, count, batch.ObjectScores.AsSpan(first, count), 1, 1);
        var scores = batch.Scores.AsSpan(first * _geometry.MaskTokens, count * _geometry.MaskTokens);
        Apply(weights.IouHead, tokens, DecoderGeometry.IouToken, promptStride, count, scores, _geometry.MaskTokens, _geometry.MaskTokens);
        foreach (ref var score in scores)
        {
            score = 1 / (1 + MathF.Exp(-score));
        }

        var channels = _geometry.SecondUpscaled;
        for (var mask = 0; mask < _geometry.MaskTokens; mask++)
        {
            var target = batch.HyperWeights.AsSpan(((first * _geometry.MaskTokens) + mask) * channels);
            var token = DecoderGeometry.FirstMaskToken + mask;
            Apply(weights.Hypernetworks[mask], tokens, token, promptStride, count, target, _geometry.MaskTokens * channels, channels);
        }
    }

    private void Apply(
        FeedForward head, float* tokens, int token, int promptStride, int count, Span<float> target, int targetStride, int outputs)
    {
        var result = arena.Take((long)count * head.OutputStride);
        head.Apply(kernels, arena, tokens + (token * DecoderGeometry.Stride(_geometry.Hidden)), promptStride, count, result);
        for (var prompt = 0; prompt < count; prompt++)
        {
            new ReadOnlySpan<float>(result + ((long)prompt * head.OutputStride), outputs).CopyTo(target[(prompt * targetStride)..]);
        }
    }
}
