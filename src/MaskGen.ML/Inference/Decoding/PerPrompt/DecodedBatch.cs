using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>A decoded batch: predicted IoU, object scores, and each prompt's image tokens as coefficients.</summary>
internal sealed class DecodedBatch : IDecodedBatch
{
    private readonly FusedMaskDecoder _decoder;
    private bool _isDisposed;

    /// <param name="decoder">The decoder.</param>
    /// <param name="image">The image; held until the batch is disposed.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="plan">Sizes.</param>
    /// <param name="states">Memory of the prompts' states; given back with the batch.</param>
    public DecodedBatch(FusedMaskDecoder decoder, PreparedImage image, PromptBatch prompts, TokenPlan plan, AlignedBuffer states)
    {
        _decoder = decoder;
        Image = image;
        image.Hold();
        Prompts = prompts;
        Plan = plan;
        States = states;
        var geometry = decoder.Weights.Geometry;
        MaskTokens = geometry.MaskTokens;
        Scores = new float[Count * MaskTokens];
        ObjectScores = new float[Count];
        HyperWeights = new float[Count * MaskTokens * geometry.SecondUpscaled];
    }

    public int Count => Prompts.Count;

    public int MaskTokens { get; }

    public ReadOnlySpan<float> PredictedIou => Scores;

    public ReadOnlySpan<float> ObjectScoreLogits => ObjectScores;

    internal PreparedImage Image { get; }

    internal PromptBatch Prompts { get; }

    internal TokenPlan Plan { get; }

    /// <summary>One state after the other.</summary>
    internal AlignedBuffer States { get; }

    internal float[] Scores { get; }

    internal float[] ObjectScores { get; }

    /// <summary>[B, mask tokens, d/8].</summary>
    internal float[] HyperWeights { get; }

    internal unsafe PromptState State(int prompt) => new(States.Pointer + (prompt * Plan.PromptLength), Plan);

    /// <summary>One panel [d, 32] of the image embedding plus a prompt's mask embedding, in memory of the arena.</summary>
    internal unsafe float* TokensWithMask(DecoderWeights weights, PanelKernels kernels, int prompt, int panel, ScratchArena arena)
    {
        var geometry = weights.Geometry;
        var tokens = arena.Take(geometry.Hidden * PanelKernels.PanelWidth);
        var scratch = arena.Take(weights.Masks.ScratchLength);
        Image.ReadTokens(panel, [], tokens);
        var mask = Prompts.MaskInputs.Span.Slice(prompt * geometry.MaskPixels, geometry.MaskPixels);
        weights.Masks.AddTo(kernels, mask, panel, tokens, scratch);
        return tokens;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Prompts are not in ascending order, or <paramref name="logits"/> has another length than
    /// needed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A mask names a prompt or a token that is not there.</exception>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void UpscaleMasks(ReadOnlySpan<MaskIndex> masks, Span<float> logits, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var expected = (long)masks.Length * _decoder.Weights.Geometry.MaskPixels;
        if (logits.Length != expected)
        {
            throw new ArgumentException($"{masks.Length} masks take {expected} floats, found {logits.Length}.", nameof(logits));
        }

        var last = 0;
        foreach (var mask in masks)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(mask.Token, nameof(masks));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(mask.Token, MaskTokens, nameof(masks));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(mask.Prompt, Count, nameof(masks));
            if (mask.Prompt < last)
            {
                throw new ArgumentException(
                    $"Masks must come in ascending order of prompt, found {mask.Prompt} after {last}.",
                    nameof(masks));
            }

            last = mask.Prompt;
        }

        _decoder.Upscale(this, masks, logits, cancellationToken);
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _decoder.Return(States);
            Image.Release();
        }
    }
}
