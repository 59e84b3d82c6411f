using System.Numerics.Tensors;

namespace MaskGen.ML.Inference;

/// <summary>What an export's decoder gave for prompts: every mask to the end.</summary>
/// <param name="count">Prompts.</param>
/// <param name="maskTokens">Places for masks of each: the single one first, then the three.</param>
/// <param name="maskSize">Side of their logits.</param>
internal sealed class ExportDecodedBatch(int count, int maskTokens, int maskSize) : IDecodedBatch
{
    private readonly int _pixels = maskSize * maskSize;

    public int Count => count;

    public int MaskTokens => maskTokens;

    public float[] Logits { get; } = new float[count * maskTokens * maskSize * maskSize];

    public float[] Iou { get; } = new float[count * maskTokens];

    public float[] ObjectScores { get; } = new float[count];

    public ReadOnlySpan<float> PredictedIou => Iou;

    public ReadOnlySpan<float> ObjectScoreLogits => ObjectScores;

    // The mask that is predicted to be best becomes the single one.
    public void TakeBestAsSingle()
    {
        for (var prompt = 0; prompt < count; prompt++)
        {
            var scores = Iou.AsSpan(prompt * maskTokens, maskTokens);
            var best = 1 + TensorPrimitives.IndexOfMax<float>(scores[1..]);
            scores[0] = scores[best];
            var masks = Logits.AsSpan(prompt * maskTokens * _pixels, maskTokens * _pixels);
            masks.Slice(best * _pixels, _pixels).CopyTo(masks);
        }
    }

    public void UpscaleMasks(ReadOnlySpan<MaskIndex> masks, Span<float> logits, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        for (var i = 0; i < masks.Length; i++)
        {
            var source = ((masks[i].Prompt * maskTokens) + masks[i].Token) * _pixels;
            Logits.AsSpan(source, _pixels).CopyTo(logits[(i * _pixels)..]);
        }
    }

    public void Dispose()
    {
    }
}
