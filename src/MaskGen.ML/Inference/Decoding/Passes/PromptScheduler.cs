using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>First step of a batch: spreads its prompts over groups and threads.</summary>
internal sealed unsafe class PromptScheduler(
    DecoderWeights weights, PanelKernels kernels, DecoderThreads workers, BufferPool pool, CancellationToken cancellationToken)
{
    /// <summary>Prompts decoded together: enough to read weights and projections seldom, few enough for their sums to stay in
    /// cache.</summary>
    private const int LargestGroup = 16;

    private readonly DecoderSizes _sizes = weights.Sizes;

    public void Run(DecodedBatch batch)
    {
        if (batch.Prompts.HasMaskInputs)
        {
            for (var prompt = 0; prompt < batch.Count; prompt++)
            {
                RunWithMask(batch, prompt);
            }

            return;
        }

        // Groups side by side need not wait for each other; where there are fewer prompts than threads, the threads share a prompt's
        // passes.
        var side = Math.Min(workers.Threads, batch.Count);
        var rounds = (batch.Count + (side * LargestGroup) - 1) / Math.Max(side * LargestGroup, 1);
        var groups = rounds * side;
        var threads = side < workers.Threads ? workers.Threads : 1;
        workers.ForEach(threads == 1 ? workers.Threads : 1, groups, cancellationToken, (group, arena) =>
        {
            var first = (int)((long)group * batch.Count / groups);
            var end = (int)((long)(group + 1) * batch.Count / groups);
            RunGroup(batch, batch.Image.Projections, first, end - first, threads, arena);
        });
    }

    /// <summary>A mask changes every image token, so its prompt has projections of its own.</summary>
    private void RunWithMask(DecodedBatch batch, int prompt)
    {
        using var projections = new ImageProjections(weights, pool);
        workers.ForEach(_sizes.Panels, cancellationToken, (panel, arena) =>
        {
            var tokens = batch.ImageTokensWithMask(weights, kernels, prompt, panel, arena);
            projections.Compute(kernels, panel, tokens, arena.Take(_sizes.Hidden * PanelKernels.PanelWidth));
        });
        using var lease = workers.RentArena();
        RunGroup(batch, projections, prompt, 1, workers.Threads, lease.Arena);
    }

    private void RunGroup(DecodedBatch batch, ImageProjections projections, int first, int count, int threads, ScratchArena arena)
    {
        var prompts = new PromptOperands[count];
        for (var i = 0; i < count; i++)
        {
            prompts[i] = new PromptOperands(batch.Coefficients(first + i));
        }

        var runner = new PassRunner(workers, threads, kernels, cancellationToken);
        var decoder = new TwoWayTransformer(weights, kernels, projections, batch.Layout, prompts, runner);
        var length = (long)count * batch.Layout.PromptTokens * DecoderSizes.Stride(_sizes.Hidden);
        var embeddings = arena.Take(length);
        var tokens = arena.Take(length);
        Embed(batch, first, count, embeddings);
        decoder.Transform(embeddings, tokens, arena);
        new DecoderHeads(weights, kernels, arena).Run(batch, first, count, tokens);
    }

    /// <summary>Output tokens and points of every prompt.</summary>
    private void Embed(DecodedBatch batch, int first, int count, float* embeddings)
    {
        var (hidden, stride) = (_sizes.Hidden, DecoderSizes.Stride(_sizes.Hidden));
        var coordinates = batch.Prompts.Coordinates.Span;
        for (var prompt = first; prompt < first + count; prompt++)
        {
            for (var token = 0; token < batch.Layout.PromptTokens; token++, embeddings += stride)
            {
                var row = new Span<float>(embeddings, hidden);
                new Span<float>(embeddings + hidden, stride - hidden).Clear();
                if (token < _sizes.OutputTokens)
                {
                    weights.OutputTokens.AsSpan(token * hidden, hidden).CopyTo(row);
                    continue;
                }

                var point = (prompt * batch.Prompts.PointsPerPrompt) + token - _sizes.OutputTokens;
                weights.Points.Embed(coordinates[2 * point], coordinates[(2 * point) + 1], batch.Prompts.Labels.Span[point], row);
            }
        }
    }
}
