using System.Collections.Concurrent;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Kernels;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Mask decoder for the CPU that never forms a prompt's image tokens: what prompts share is computed once per image, what they add
/// is carried as few coefficients. The algebra is in docs/decoder.md.</summary>
/// <remarks>Exact but for float32 rounding. Safe for concurrent use; each call runs on the given number of threads.</remarks>
internal sealed unsafe class FusedMaskDecoder : IMaskDecoder
{
    /// <summary>Prompts decoded together: enough to read weights and maps seldom, few enough for their sums to stay in cache.</summary>
    private const int LargestGroup = 16;

    // Masks of so many prompts are upscaled together, panel block by panel block.
    private const int UpscaleGroup = 8;
    private const int UpscalePanels = 4;

    // A prepared image and a batch or two: what is needed next time, no more.
    private const int PooledBuffers = 16;

    private readonly PanelKernels _kernels;
    private readonly int _threads;
    private readonly BufferPool _pool = new(PooledBuffers);
    private readonly ConcurrentBag<ScratchArena> _arenas = [];

    /// <param name="checkpoint">Weights; read here, not needed afterwards.</param>
    /// <param name="config">Geometry.</param>
    /// <param name="options">Threads; devices other than the CPU are not this class's.</param>
    /// <param name="kernels">Kernels to run on, or null for the widest.</param>
    /// <exception cref="CheckpointFormatException">A tensor is missing or has another shape.</exception>
    public FusedMaskDecoder(ICheckpoint checkpoint, Sam2ModelConfig config, Sam2SessionOptions? options = null, PanelKernels? kernels = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(config);
        _kernels = kernels ?? PanelKernels.Best;
        _threads = options?.ThreadCount ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(_threads, 1, nameof(options));
        Weights = new DecoderWeights(checkpoint, config, _kernels);
    }

    internal DecoderWeights Weights { get; }

    private DecoderGeometry Geometry => Weights.Geometry;

    /// <exception cref="ArgumentException">The image was encoded by a model of another geometry.</exception>
    public IPreparedImage Prepare(EncodedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        CheckLength(image.ImageEmbedding, (long)Geometry.Hidden * Geometry.Tokens, "image embedding");
        CheckLength(image.HighResolutionFeatures0, (long)Geometry.SecondUpscaled * Geometry.Tokens * 16, "high-resolution features of level 0");
        CheckLength(image.HighResolutionFeatures1, (long)Geometry.FirstUpscaled * Geometry.Tokens * 4, "high-resolution features of level 1");
        var prepared = new PreparedImage(image, Weights, _pool);
        ForEach(Geometry.Panels, _threads, CancellationToken.None, (panel, arena) => prepared.Compute(_kernels, Weights, panel, arena));
        return prepared;
    }

    /// <exception cref="ArgumentException">The image was prepared by another decoder, or a label or length of the prompts is wrong.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; looked at between blocks of image tokens.</exception>
    public IDecodedBatch Decode(IPreparedImage image, PromptBatch prompts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (image is not PreparedImage prepared)
        {
            throw new ArgumentException($"Expected an image prepared by this decoder, found {image?.GetType().Name ?? "null"}.", nameof(image));
        }

        CheckPrompts(prompts);
        var plan = new TokenPlan(Geometry, Geometry.OutputTokens + prompts.PointsPerPrompt);
        var batch = new DecodedBatch(this, prepared, prompts, plan, _pool.Rent(Math.Max(prompts.Count, 1) * plan.PromptLength));
        try
        {
            DecodeGroups(batch, cancellationToken);
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
        Weights.Dispose();
        _pool.Dispose();
        while (_arenas.TryTake(out var arena))
        {
            arena.Dispose();
        }
    }

    internal void Return(AlignedBuffer buffer) => _pool.Return(buffer);

    /// <summary>Second step of a batch; arguments were checked.</summary>
    internal void Upscale(DecodedBatch batch, ReadOnlySpan<MaskIndex> masks, Span<float> logits)
    {
        fixed (float* output = logits)
        {
            for (var start = 0; start < masks.Length;)
            {
                using var lease = new ArenaLease(_arenas);
                var jobs = TakeJobs(batch, masks, ref start, output, lease.Arena);
                var upscaler = new MaskUpscaler(Weights, batch.Plan, _kernels);
                ForEach(jobs.Count, _threads, CancellationToken.None, (job, arena) =>
                    new PassBuilder(Weights, batch.Plan, _kernels, arena).BuildUpscaling(jobs[job].State, jobs[job].BasisPack));
                var blocks = (Geometry.Panels + UpscalePanels - 1) / UpscalePanels;
                ForEach(blocks, _threads, CancellationToken.None, (block, arena) =>
                {
                    var end = Math.Min((block + 1) * UpscalePanels, Geometry.Panels);
                    foreach (var job in jobs)
                    {
                        for (var panel = block * UpscalePanels; panel < end; panel++)
                        {
                            arena.Reset();
                            upscaler.Run(job, batch.Image, UpscalingMap(batch, job.Prompt, panel, arena), panel, arena);
                        }
                    }
                });
            }
        }
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
        var points = prompts.Count * prompts.PointsPerPrompt;
        if (prompts.Labels.Length != points || prompts.Coordinates.Length != 2 * points)
        {
            throw new ArgumentException($"Prompts of {prompts.PointsPerPrompt} points need two coordinates and one label each, found {prompts.Coordinates.Length} and {prompts.Labels.Length}.", nameof(prompts));
        }

        if (prompts.HasMaskInputs && prompts.MaskInputs.Length != (long)prompts.Count * Geometry.MaskPixels)
        {
            throw new ArgumentException($"Masks of {prompts.Count} prompts must have {(long)prompts.Count * Geometry.MaskPixels} values, found {prompts.MaskInputs.Length}.", nameof(prompts));
        }

        foreach (var label in prompts.Labels.Span)
        {
            if (label is < PointLabel.Padding or > PointLabel.BoxBottomRight)
            {
                throw new ArgumentException($"Expected a label from -1 to 3, found {(int)label}.", nameof(prompts));
            }
        }
    }

    private void DecodeGroups(DecodedBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Prompts.HasMaskInputs)
        {
            for (var prompt = 0; prompt < batch.Count; prompt++)
            {
                DecodeWithMask(batch, prompt, cancellationToken);
            }

            return;
        }

        // Groups side by side need no waiting for each other; with fewer prompts than threads, the threads share a group.
        var rounds = (batch.Count + (_threads * LargestGroup) - 1) / (_threads * LargestGroup);
        var groups = batch.Count < _threads ? batch.Count : rounds * _threads;
        var workers = batch.Count < _threads ? _threads : 1;
        ForEach(groups, workers == 1 ? _threads : 1, cancellationToken, (group, arena) =>
        {
            var first = (int)((long)group * batch.Count / groups);
            var end = (int)((long)(group + 1) * batch.Count / groups);
            DecodeGroup(batch, batch.Image.Maps, first, end - first, workers, arena, cancellationToken);
        });
    }

    private void DecodeWithMask(DecodedBatch batch, int prompt, CancellationToken cancellationToken)
    {
        using var maps = new TokenMaps(Weights, _pool);
        ForEach(Geometry.Panels, _threads, cancellationToken, (panel, arena) =>
        {
            var tokens = TokensWithMask(batch, prompt, panel, arena);
            maps.Compute(_kernels, panel, tokens, arena.Take(Geometry.Hidden * PanelKernels.PanelWidth));
        });
        using var lease = new ArenaLease(_arenas);
        DecodeGroup(batch, maps, prompt, 1, _threads, lease.Arena, cancellationToken);
    }

    private float* TokensWithMask(DecodedBatch batch, int prompt, int panel, ScratchArena arena)
    {
        var tokens = arena.Take(Geometry.Hidden * PanelKernels.PanelWidth);
        var scratch = arena.Take((Geometry.Hidden + Weights.Masks.Channels) * PanelKernels.PanelWidth);
        batch.Image.ReadTokens(panel, [], tokens);
        var mask = batch.Prompts.MaskInputs.Span.Slice(prompt * Geometry.MaskPixels, Geometry.MaskPixels);
        Weights.Masks.AddTo(_kernels, mask, panel, tokens, scratch);
        return tokens;
    }

    private float* UpscalingMap(DecodedBatch batch, int prompt, int panel, ScratchArena arena)
    {
        if (!batch.Prompts.HasMaskInputs)
        {
            return batch.Image.UpscalingMap(panel);
        }

        var map = arena.Take(Weights.Upscaling.FirstMap.Rows * PanelKernels.PanelWidth);
        Weights.Upscaling.FirstMap.Multiply(_kernels, TokensWithMask(batch, prompt, panel, arena), map);
        return map;
    }

    private void DecodeGroup(DecodedBatch batch, TokenMaps maps, int first, int count, int workers, ScratchArena arena, CancellationToken cancellationToken)
    {
        var prompts = new PassPrompt[count];
        for (var i = 0; i < count; i++)
        {
            prompts[i] = new PassPrompt(batch.State(first + i));
        }

        var runner = new PassRunner(workers, _arenas, _kernels, cancellationToken);
        var decoder = new GroupDecoder(Weights, _kernels, maps, batch.Plan, prompts, runner);
        var length = (long)count * batch.Plan.Tokens * DecoderGeometry.Stride(Geometry.Hidden);
        var embeddings = arena.Take(length);
        var tokens = arena.Take(length);
        Embed(batch, first, count, embeddings);
        decoder.Transform(embeddings, tokens, arena);
        new DecoderHeads(Weights, _kernels, arena).Run(batch, first, count, tokens);
    }

    /// <summary>Output tokens and points of every prompt.</summary>
    private void Embed(DecodedBatch batch, int first, int count, float* embeddings)
    {
        var (hidden, stride) = (Geometry.Hidden, DecoderGeometry.Stride(Geometry.Hidden));
        var points = batch.Prompts.PointsPerPrompt;
        var coordinates = batch.Prompts.Coordinates.Span;
        for (var prompt = first; prompt < first + count; prompt++)
        {
            for (var token = 0; token < batch.Plan.Tokens; token++, embeddings += stride)
            {
                var row = new Span<float>(embeddings, hidden);
                new Span<float>(embeddings + hidden, stride - hidden).Clear();
                if (token < Geometry.OutputTokens)
                {
                    Weights.OutputTokens.AsSpan(token * hidden, hidden).CopyTo(row);
                    continue;
                }

                var point = (prompt * points) + token - Geometry.OutputTokens;
                Weights.Points.Embed(coordinates[2 * point], coordinates[(2 * point) + 1], batch.Prompts.Labels.Span[point], row);
            }
        }
    }

    /// <summary>Collects the next group of jobs: consecutive masks of a prompt, up to four at once.</summary>
    private List<UpscaleJob> TakeJobs(DecodedBatch batch, ReadOnlySpan<MaskIndex> masks, ref int start, float* output, ScratchArena arena)
    {
        var channels = Geometry.SecondUpscaled;
        var jobs = new List<UpscaleJob>(UpscaleGroup);
        while (start < masks.Length && jobs.Count < UpscaleGroup)
        {
            var prompt = masks[start].Prompt;
            var job = new UpscaleJob(batch.State(prompt), prompt, output + ((long)start * Geometry.MaskPixels), Geometry.MaskPixels)
            {
                HyperWeights = arena.Take(channels * MaskUpscaler.MaskGroup),
                BasisPack = arena.Take(PassBuilder.UpscalingLength(Geometry, batch.Plan)),
            };
            new Span<float>(job.HyperWeights, channels * MaskUpscaler.MaskGroup).Clear();
            for (; start < masks.Length && masks[start].Prompt == prompt && job.MaskCount < MaskUpscaler.MaskGroup; start++, job.MaskCount++)
            {
                var weights = batch.HyperWeights.AsSpan(((prompt * batch.MaskTokens) + masks[start].Token) * channels, channels);
                for (var channel = 0; channel < channels; channel++)
                {
                    job.HyperWeights[(channel * MaskUpscaler.MaskGroup) + job.MaskCount] = weights[channel];
                }
            }

            jobs.Add(job);
        }

        return jobs;
    }

    /// <summary>Runs independent pieces of work, each with scratch memory of its worker.</summary>
    private void ForEach(int count, int workers, CancellationToken cancellationToken, Action<int, ScratchArena> work)
    {
        var next = -1;
        void Work()
        {
            using var lease = new ArenaLease(_arenas);
            for (var index = Interlocked.Increment(ref next); index < count; index = Interlocked.Increment(ref next))
            {
                cancellationToken.ThrowIfCancellationRequested();
                lease.Arena.Reset();
                work(index, lease.Arena);
            }
        }

        workers = Math.Min(workers, count);
        if (workers <= 1)
        {
            Work();
            return;
        }

        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken }, _ => Work());
    }
}
