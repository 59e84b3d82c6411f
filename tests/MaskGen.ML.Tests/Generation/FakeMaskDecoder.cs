using MaskGen.ML.Inference;

namespace MaskGen.ML.Tests.Generation;

/// <summary>A decoder whose answers a test writes: what a token gives for a point, and for a point with a mask prompt.</summary>
/// <param name="maskSize">Side of the low-resolution grid; the model input has four times that.</param>
/// <param name="answer">The answer to a point (in pixels of the model input), a token, and the mask prompt, which is empty for
/// none.</param>
internal sealed class FakeMaskDecoder(int maskSize, Func<float, float, int, ReadOnlyMemory<float>, FakeAnswer> answer) : IMaskDecoder
{
    public const int MaskTokens = 4;

    /// <summary>Prompts of every batch so far.</summary>
    public List<int> BatchSizes { get; } = [];

    /// <summary>The most masks that were upscaled in one go.</summary>
    public int MostMasksAtOnce { get; private set; }

    public IPreparedImage Prepare(EncodedImage image, CancellationToken cancellationToken = default) => new PreparedImage(image);

    public IDecodedBatch Decode(IPreparedImage image, PromptBatch prompts, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        BatchSizes.Add(prompts.Count);
        return new Batch(this, prompts);
    }

    public void Dispose()
    {
    }

    private FakeAnswer Answer(PromptBatch prompts, int prompt, int token)
    {
        var pixels = maskSize * maskSize;
        var first = prompt * prompts.PointsPerPrompt * 2;
        var coordinates = prompts.Coordinates.Span;
        return answer(
            coordinates[first], coordinates[first + 1], token,
            prompts.HasMaskInputs ? prompts.MaskInputs.Slice(prompt * pixels, pixels) : default);
    }

    private sealed class PreparedImage(EncodedImage image) : IPreparedImage
    {
        public EncodedImage Image => image;

        public void Dispose()
        {
        }
    }

    private sealed class Batch(FakeMaskDecoder decoder, PromptBatch prompts) : IDecodedBatch
    {
        private readonly float[] _predictedIou =
        [
            .. Enumerable.Range(0, prompts.Count * FakeMaskDecoder.MaskTokens)
                .Select(i => decoder.Answer(prompts, i / FakeMaskDecoder.MaskTokens, i % FakeMaskDecoder.MaskTokens).PredictedIou),
        ];

        private readonly float[] _objectScores = new float[prompts.Count];

        public int Count => prompts.Count;

        public int MaskTokens => FakeMaskDecoder.MaskTokens;

        public ReadOnlySpan<float> PredictedIou => _predictedIou;

        public ReadOnlySpan<float> ObjectScoreLogits => _objectScores;

        public void UpscaleMasks(ReadOnlySpan<MaskIndex> masks, Span<float> logits, CancellationToken cancellationToken = default)
        {
            var pixels = logits.Length / Math.Max(masks.Length, 1);
            decoder.MostMasksAtOnce = Math.Max(decoder.MostMasksAtOnce, masks.Length);
            for (var i = 0; i < masks.Length; i++)
            {
                // Asked for only now: mask prompts must still be what they were when they were decoded.
                decoder.Answer(prompts, masks[i].Prompt, masks[i].Token).Logits.CopyTo(logits[(i * pixels)..]);
            }
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>What a <see cref="FakeMaskDecoder"/> says of one token.</summary>
/// <param name="PredictedIou">Its predicted IoU.</param>
/// <param name="Logits">float32 [side, side], row-major.</param>
internal sealed record FakeAnswer(float PredictedIou, float[] Logits);
