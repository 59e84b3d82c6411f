using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>A decoded batch: predicted IoU, object scores, and each prompt's image tokens as coefficients.</summary>
internal sealed class DecodedBatch : IDecodedBatch
{
    private readonly DecoderSizes _sizes;
    private readonly BufferPool _pool;
    private readonly MaskUpscaling _upscale;
    private bool _isDisposed;

    /// <param name="sizes">Sizes of the model.</param>
    /// <param name="image">The image; held until the batch is disposed.</param>
    /// <param name="prompts">The prompts.</param>
    /// <param name="layout">Sizes.</param>
    /// <param name="pool">Gives and takes back the memory of the coefficients.</param>
    /// <param name="upscale">The second step.</param>
    public DecodedBatch(
        DecoderSizes sizes, PreparedImage image, PromptBatch prompts, PromptLayout layout, BufferPool pool, MaskUpscaling upscale)
    {
        (_sizes, _pool, _upscale) = (sizes, pool, upscale);
        Prompts = prompts;
        Layout = layout;
        CoefficientMemory = pool.Rent(prompts.Count * layout.PromptLength);
        Image = image;
        image.Hold();
        MaskTokens = sizes.MaskTokens;
        PredictedIouValues = new float[Count * MaskTokens];
        ObjectScoreValues = new float[Count];
        HyperWeights = new float[Count * MaskTokens * sizes.SecondUpscaled];
    }

    public int Count => Prompts.Count;

    public int MaskTokens { get; }

    public ReadOnlySpan<float> PredictedIou => PredictedIouValues;

    public ReadOnlySpan<float> ObjectScoreLogits => ObjectScoreValues;

    internal PreparedImage Image { get; }

    internal PromptBatch Prompts { get; }

    internal PromptLayout Layout { get; }

    /// <summary>One prompt after the other.</summary>
    internal AlignedBuffer CoefficientMemory { get; }

    internal float[] PredictedIouValues { get; }

    internal float[] ObjectScoreValues { get; }

    /// <summary>[B, mask tokens, d/8].</summary>
    internal float[] HyperWeights { get; }

    internal unsafe ImageTokenCoefficients Coefficients(int prompt) =>
        new(CoefficientMemory.Pointer + (prompt * Layout.PromptLength), Layout);

    /// <summary>One panel [d, 32] of the image embedding plus a prompt's mask embedding, in memory of the arena.</summary>
    internal unsafe float* ImageTokensWithMask(DecoderWeights weights, PanelKernels kernels, int prompt, int panel, ScratchArena arena)
    {
        var sizes = weights.Sizes;
        var tokens = arena.Take(sizes.Hidden * PanelKernels.PanelWidth);
        var scratch = arena.Take(weights.Masks.ScratchLength);
        Image.ReadImageTokens(panel, [], tokens);
        var mask = Prompts.MaskInputs.Span.Slice(prompt * sizes.MaskPixels, sizes.MaskPixels);
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
        MaskIndices.Check(this, masks, _sizes.MaskPixels, logits.Length);
        _upscale(this, masks, logits, cancellationToken);
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _pool.Return(CoefficientMemory);
            Image.Release();
        }
    }
}

/// <summary>Upscales masks of a decoded batch; arguments were checked.</summary>
internal delegate void MaskUpscaling(
    DecodedBatch batch, ReadOnlySpan<MaskIndex> masks, Span<float> logits, CancellationToken cancellationToken);
