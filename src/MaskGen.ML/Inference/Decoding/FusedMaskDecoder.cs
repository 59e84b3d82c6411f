using MaskGen.ML.Checkpoints;
using MaskGen.ML.Kernels;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Mask decoder for the CPU that never forms a prompt's image tokens: what prompts share is computed once per image, what they add
/// is carried as few coefficients. The algebra is in docs/decoder.md.</summary>
/// <remarks>Exact but for float32 rounding. Safe for concurrent use, and disposing waits for calls in flight; each call runs on the given
/// number of threads. The image prepared last is kept, so that prompting it again costs nothing before the first prompt.</remarks>
internal sealed class FusedMaskDecoder : IMaskDecoder
{
    // A prepared image and a batch or two: what is needed next time, no more.
    private const int PooledBuffers = 16;

    private readonly Sam2ModelConfig _config;
    private readonly PanelKernels _kernels;
    private readonly DecoderThreads _threads;
    private readonly BufferPool _pool = new(PooledBuffers);
    private readonly CallGate _gate = new();
    private readonly LastPreparedImage<PreparedImage> _last = new();

    /// <param name="checkpoint">Weights; read here, not needed afterwards.</param>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="options">Threads; devices other than the CPU are not this class's.</param>
    /// <param name="kernels">Kernels to run on, or null for the widest.</param>
    /// <exception cref="CheckpointFormatException">A tensor is missing or has another shape.</exception>
    public FusedMaskDecoder(
        ICheckpoint checkpoint, Sam2ModelConfig config, Sam2SessionOptions? options = null, PanelKernels? kernels = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        _kernels = kernels ?? PanelKernels.Best;
        var threads = options?.ThreadCount ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(options));
        _threads = new DecoderThreads(threads);
        Weights = new DecoderWeights(checkpoint, config, _kernels);
    }

    /// <summary>The CPU; whoever falls back to it from a GPU says why.</summary>
    public Sam2Device Device { get; init; } = Sam2Device.Cpu;

    internal DecoderWeights Weights { get; }

    private DecoderSizes Sizes => Weights.Sizes;

    /// <exception cref="ArgumentException">The image was encoded by a model of other sizes, or has values that are not finite.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public IPreparedImage Prepare(EncodedImage image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var call = _gate.Enter(this);
        cancellationToken.ThrowIfCancellationRequested();
        CheckLength(image.ImageEmbedding, (long)Sizes.Hidden * Sizes.ImageTokens, "image embedding");
        CheckLength(
            image.HighResolutionFeatures0, (long)Sizes.SecondUpscaled * Sizes.ImageTokens * 16, "high-resolution features of level 0");
        CheckLength(
            image.HighResolutionFeatures1, (long)Sizes.FirstUpscaled * Sizes.ImageTokens * 4, "high-resolution features of level 1");
        if (_last.Take(image) is { } last)
        {
            return new PreparedImageHandle<PreparedImage>(last);
        }

        image.ThrowIfNotFinite();
        var prepared = new PreparedImage(image, Weights, _pool);
        try
        {
            _threads.ForEach(Sizes.Panels, cancellationToken, (panel, arena) => prepared.Compute(_kernels, Weights, panel, arena));
        }
        catch
        {
            prepared.Release();
            throw;
        }

        prepared.Hold();
        _last.Keep(prepared);
        return new PreparedImageHandle<PreparedImage>(prepared);
    }

    /// <exception cref="ArgumentException">The image was prepared by another decoder, or a label or length of the prompts is
    /// wrong.</exception>
    /// <exception cref="InvalidOperationException">The answer is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; looked at between chunks of image tokens.</exception>
    public IDecodedBatch Decode(IPreparedImage image, PromptBatch prompts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        using var call = _gate.Enter(this);
        if (image is not PreparedImageHandle<PreparedImage> handle)
        {
            throw new ArgumentException(
                $"Expected an image prepared by this decoder, found {image?.GetType().Name ?? "null"}.",
                nameof(image));
        }

        CheckPrompts(prompts);
        var layout = new PromptLayout(Sizes, Sizes.OutputTokens + prompts.PointsPerPrompt);
        var batch = new DecodedBatch(Sizes, handle.Prepared, prompts, layout, _pool, Upscale);
        try
        {
            new PromptScheduler(Weights, _kernels, _threads, _pool, cancellationToken).Run(batch);
            DecodedScores.ThrowIfNotFinite(batch);
            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (!_gate.Close())
        {
            return;
        }

        _last.Keep(null);
        Weights.Dispose();
        _pool.Dispose();
        _threads.Dispose();
    }

    /// <summary>Second step of a batch; arguments were checked.</summary>
    private void Upscale(DecodedBatch batch, ReadOnlySpan<MaskIndex> masks, Span<float> logits, CancellationToken cancellationToken)
    {
        using var call = _gate.Enter(this);
        new UpscalingScheduler(Weights, _kernels, _threads, cancellationToken).Run(batch, masks, logits);
    }

    private static void CheckLength(ReadOnlyMemory<float> values, long expected, string what)
    {
        if (values.Length != expected)
        {
            throw new ArgumentException($"The {what} must have {expected} values, found {values.Length}.", "image");
        }
    }

    private void CheckPrompts(PromptBatch prompts)
    {
        var largest = PromptBatch.LargestCount(_config);
        if (prompts.Count > largest)
        {
            throw new ArgumentException($"Expected at most {largest} prompts in a batch, found {prompts.Count}.", nameof(prompts));
        }

        var points = prompts.Count * prompts.PointsPerPrompt;
        if (prompts.Labels.Length != points || prompts.Coordinates.Length != 2 * points)
        {
            throw new ArgumentException(
                $"Prompts of {prompts.PointsPerPrompt} points need two coordinates and one label each, "
                + $"found {prompts.Coordinates.Length} and {prompts.Labels.Length}.",
                nameof(prompts));
        }

        if (prompts.HasMaskInputs && prompts.MaskInputs.Length != (long)prompts.Count * Sizes.MaskPixels)
        {
            throw new ArgumentException(
                $"Masks of {prompts.Count} prompts must have {(long)prompts.Count * Sizes.MaskPixels} values, "
                + $"found {prompts.MaskInputs.Length}.",
                nameof(prompts));
        }

        foreach (var label in prompts.Labels.Span)
        {
            if (label is < PromptTokenLabel.Padding or > PromptTokenLabel.BoxBottomRight)
            {
                throw new ArgumentException($"Expected a label from -1 to 3, found {(int)label}.", nameof(prompts));
            }
        }
    }
}
