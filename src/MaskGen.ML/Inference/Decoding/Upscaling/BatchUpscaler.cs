using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Second step of a batch: spreads the masks that are wanted over groups and threads.</summary>
internal sealed unsafe class BatchUpscaler(
    DecoderWeights weights, PanelKernels kernels, Workers workers, CancellationToken cancellationToken)
{
    // Masks of so many prompts are upscaled together, block of panels by block: the image's maps of a block stay in cache.
    private const int GroupJobs = 8;
    private const int BlockPanels = 4;

    private readonly DecoderGeometry _geometry = weights.Geometry;

    /// <summary>Writes the logits of the masks; arguments were checked.</summary>
    public void Run(DecodedBatch batch, ReadOnlySpan<MaskIndex> masks, Span<float> logits)
    {
        fixed (float* output = logits)
        {
            for (var start = 0; start < masks.Length;)
            {
                using var lease = workers.RentArena();
                var jobs = TakeJobs(batch, masks, ref start, output, lease.Arena);
                workers.ForEach(jobs.Count, cancellationToken, (job, arena) =>
                    new PassBuilder(weights, batch.Plan, kernels, arena).BuildUpscaling(jobs[job].State, jobs[job].BasisPack));
                workers.ForEach((_geometry.Panels + BlockPanels - 1) / BlockPanels, cancellationToken, (block, arena) =>
                    RunBlock(batch, jobs, block, arena));
            }
        }
    }

    private void RunBlock(DecodedBatch batch, List<UpscaleJob> jobs, int block, ScratchArena arena)
    {
        var upscaler = new MaskUpscaler(weights, batch.Plan, kernels);
        var end = Math.Min((block + 1) * BlockPanels, _geometry.Panels);
        foreach (var job in jobs)
        {
            for (var panel = block * BlockPanels; panel < end; panel++)
            {
                arena.Reset();
                upscaler.Run(job, batch.Image, UpscalingMap(batch, job.Prompt, panel, arena), panel, arena);
            }
        }
    }

    private float* UpscalingMap(DecodedBatch batch, int prompt, int panel, ScratchArena arena)
    {
        if (!batch.Prompts.HasMaskInputs)
        {
            return batch.Image.UpscalingMap(panel);
        }

        var map = arena.Take(weights.Upscaling.FirstMap.Rows * PanelKernels.PanelWidth);
        weights.Upscaling.FirstMap.Multiply(kernels, batch.TokensWithMask(weights, kernels, prompt, panel, arena), map);
        return map;
    }

    /// <summary>Collects the next group of jobs: consecutive masks of a prompt, up to four at once.</summary>
    private List<UpscaleJob> TakeJobs(DecodedBatch batch, ReadOnlySpan<MaskIndex> masks, ref int start, float* output, ScratchArena arena)
    {
        var channels = _geometry.SecondUpscaled;
        var jobs = new List<UpscaleJob>(GroupJobs);
        while (start < masks.Length && jobs.Count < GroupJobs)
        {
            var prompt = masks[start].Prompt;
            var job = new UpscaleJob(batch.State(prompt), prompt, output + ((long)start * _geometry.MaskPixels), _geometry.MaskPixels)
            {
                HyperWeights = arena.Take(channels * MaskUpscaler.MaskGroup),
                BasisPack = arena.Take(PassBuilder.UpscalingLength(_geometry, batch.Plan)),
            };
            new Span<float>(job.HyperWeights, channels * MaskUpscaler.MaskGroup).Clear();
            for (; start < masks.Length && masks[start].Prompt == prompt; start++, job.MaskCount++)
            {
                if (job.MaskCount == MaskUpscaler.MaskGroup)
                {
                    break;
                }

                var hyperWeights = batch.HyperWeights.AsSpan(((prompt * batch.MaskTokens) + masks[start].Token) * channels, channels);
                for (var channel = 0; channel < channels; channel++)
                {
                    job.HyperWeights[(channel * MaskUpscaler.MaskGroup) + job.MaskCount] = hyperWeights[channel];
                }
            }

            jobs.Add(job);
        }

        return jobs;
    }
}
