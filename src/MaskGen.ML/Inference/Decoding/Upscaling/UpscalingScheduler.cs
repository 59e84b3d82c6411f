using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Second step of a batch: spreads the masks that are wanted over groups and threads.</summary>
internal sealed unsafe class UpscalingScheduler(
    DecoderWeights weights, PanelKernels kernels, DecoderThreads threads, CancellationToken cancellationToken)
{
    // Masks of so many prompts are upscaled together, chunk of panels by chunk: the image's projections of a chunk stay in cache.
    private const int JobsAtOnce = 8;
    private const int ChunkPanels = 4;

    private readonly DecoderSizes _sizes = weights.Sizes;

    /// <summary>Writes the logits of the masks; arguments were checked.</summary>
    public void Run(DecodedBatch batch, ReadOnlySpan<MaskIndex> masks, Span<float> logits)
    {
        fixed (float* output = logits)
        {
            for (var start = 0; start < masks.Length;)
            {
                using var lease = threads.RentArena();
                var jobs = TakeJobs(batch, masks, ref start, output, lease.Arena);
                threads.ForEach(jobs.Count, cancellationToken, (job, arena) =>
                    new UpscalingOperands(weights, batch.Layout, kernels, arena).Build(jobs[job].Coefficients, jobs[job].BasisPack));
                threads.ForEach((_sizes.Panels + ChunkPanels - 1) / ChunkPanels, cancellationToken, (chunk, arena) =>
                    RunChunk(batch, jobs, chunk, arena));
            }
        }
    }

    private void RunChunk(DecodedBatch batch, List<UpscaleJob> jobs, int chunk, ScratchArena arena)
    {
        var upscaler = new MaskUpscaler(weights, batch.Layout, kernels);
        var end = Math.Min((chunk + 1) * ChunkPanels, _sizes.Panels);
        foreach (var job in jobs)
        {
            for (var panel = chunk * ChunkPanels; panel < end; panel++)
            {
                arena.Reset();
                upscaler.Run(job, batch.Image, UpscalingProjection(batch, job.Prompt, panel, arena), panel, arena);
            }
        }
    }

    private float* UpscalingProjection(DecodedBatch batch, int prompt, int panel, ScratchArena arena)
    {
        if (!batch.Prompts.HasMaskInputs)
        {
            return batch.Image.UpscalingProjection(panel);
        }

        var map = arena.Take(weights.Upscaling.FirstProjection.Rows * PanelKernels.PanelWidth);
        weights.Upscaling.FirstProjection.Multiply(kernels, batch.ImageTokensWithMask(weights, kernels, prompt, panel, arena), map);
        return map;
    }

    /// <summary>Collects the next group of jobs: consecutive masks of a prompt, up to four at once.</summary>
    private List<UpscaleJob> TakeJobs(DecodedBatch batch, ReadOnlySpan<MaskIndex> masks, ref int start, float* output, ScratchArena arena)
    {
        var channels = _sizes.SecondUpscaled;
        var jobs = new List<UpscaleJob>(JobsAtOnce);
        while (start < masks.Length && jobs.Count < JobsAtOnce)
        {
            var prompt = masks[start].Prompt;
            var job = new UpscaleJob(batch.Coefficients(prompt), prompt, output + ((long)start * _sizes.MaskPixels), _sizes.MaskPixels)
            {
                HyperWeights = arena.Take(channels * MaskUpscaler.MasksAtOnce),
                BasisPack = arena.Take(UpscalingOperands.Length(_sizes, batch.Layout)),
            };
            new Span<float>(job.HyperWeights, channels * MaskUpscaler.MasksAtOnce).Clear();
            for (; start < masks.Length && masks[start].Prompt == prompt; start++, job.MaskCount++)
            {
                if (job.MaskCount == MaskUpscaler.MasksAtOnce)
                {
                    break;
                }

                var hyperWeights = batch.HyperWeights.AsSpan(((prompt * batch.MaskTokens) + masks[start].Token) * channels, channels);
                for (var channel = 0; channel < channels; channel++)
                {
                    job.HyperWeights[(channel * MaskUpscaler.MasksAtOnce) + job.MaskCount] = hyperWeights[channel];
                }
            }

            jobs.Add(job);
        }

        return jobs;
    }
}
