using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Runs;

/// <summary>Works at shards: reads their images, computes masks, writes the Parquet file, publishes it. One shard at a time.</summary>
/// <param name="store">Where the run is kept.</param>
/// <param name="plan">The plan.</param>
/// <param name="fetcher">Reads images.</param>
/// <param name="worker">Who works.</param>
/// <param name="logger">Hears of it.</param>
internal sealed class ShardWork(MaskRunStore store, RunPlan plan, ImageFetcher fetcher, WorkerProcess worker, ILogger logger)
{
    // While one is computed, in a first attempt. Fatal images are of later ones: what is ahead is always the next image.
    private const int ImagesAhead = 2;

    /// <summary>Called before an image is computed: for tests, which make images there that kill the process.</summary>
    public static Action<string>? BeforeImage { get; set; }

    /// <summary>Tries a shard.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="load">Gives the pipeline, when it is needed.</param>
    /// <param name="gpu">The GPU that it computes on; null for the CPU.</param>
    /// <param name="cancellationToken">Ends it within an image; what was computed is lost, and it does not count as an attempt.</param>
    /// <exception cref="IOException">Storage cannot be read or written; worth another attempt.</exception>
    /// <exception cref="MaskRunMismatchException">The plan is damaged.</exception>
    public async Task<MaskShardResult> RunAsync(
        int shard, Func<Task<RunPipeline>> load, int? gpu, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        if (await store.FindAsync(RunNames.Part(shard), cancellationToken).ConfigureAwait(false) is not null)
        {
            logger.DoneBefore(shard);
            return new MaskShardResult(shard, MaskShardOutcome.DoneBefore) { Duration = Stopwatch.GetElapsedTime(started) };
        }

        await store.ThrowIfAwayAsync(cancellationToken).ConfigureAwait(false);

        var attempts = new ShardAttempts(store, shard, worker);
        var dead = await attempts.DeadAsync(cancellationToken).ConfigureAwait(false);
        if (dead.Count >= ShardAttempts.Most)
        {
            logger.GivenUp(shard, dead.Count, dead.LastOrDefault(note => note.Image is not null)?.Image ?? "an image that is not known");
            return new MaskShardResult(shard, MaskShardOutcome.GivenUp) { Attempt = dead.Count };
        }

        // Before the first note: what cannot be loaded is no image's fault.
        var pipeline = await load().ConfigureAwait(false);
        try
        {
            await attempts.BeginAsync(cancellationToken).ConfigureAwait(false);
            var result = await ComputeAsync(shard, pipeline, attempts, dead, gpu, cancellationToken).ConfigureAwait(false);
            return result with { Duration = Stopwatch.GetElapsedTime(started) };
        }
        finally
        {
            await attempts.EndAsync().ConfigureAwait(false);
        }
    }

    private async Task<MaskShardResult> ComputeAsync(
        int shard,
        RunPipeline pipeline,
        ShardAttempts attempts,
        IReadOnlyList<AttemptNote> dead,
        int? gpu,
        CancellationToken cancellationToken)
    {
        var attempt = dead.Count + 1;
        var isCareful = attempt > 1;
        var images = await plan.ReadShardAsync(shard, cancellationToken).ConfigureAwait(false);
        logger.Begun(shard, attempt, images.Count);

        // Images at which others seem to have died come last, and then the notes are read again: a worker on another machine that only
        // seemed dead has noted another image by then.
        var fatal = ShardAttempts.Fatal(dead);
        var ordered = images.Where(image => !fatal.Contains(image.Key)).Concat(images.Where(image => fatal.Contains(image.Key))).ToList();
        using var item = store.Begin(RunNames.Part(shard));
        var table = new PartTable(item.Stream, plan.Manifest.Id, shard, attempt, worker.Name, gpu);
        var ahead = new Queue<Task<FetchedImage>>();
        using var endReading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var confirmed = fatal.Count == 0 ? fatal : null;
        try
        {
            for (var (i, read) = (0, 0); i < ordered.Count; i++)
            {
                var image = ordered[i];
                if (confirmed is null && fatal.Contains(image.Key))
                {
                    confirmed = ShardAttempts.Fatal(await attempts.DeadAsync(cancellationToken).ConfigureAwait(false));
                }

                if (confirmed?.Contains(image.Key) == true && fatal.Contains(image.Key))
                {
                    logger.Fatal(shard, image.Key);
                    RunMetrics.FatalImage();
                    table.AddFailure(
                        image.Key, $"The process ended at this image, {ShardAttempts.MostAtAnImage} times or more; it is tried no more.");
                    continue;
                }

                FetchedImage fetched;
                if (isCareful)
                {
                    // Before it is read, and nothing is read ahead: reading too can end the process, and the note must name this image.
                    await attempts.NoteAsync(image.Key, cancellationToken).ConfigureAwait(false);
                    fetched = await fetcher.ReadAsync(image, endReading.Token).ConfigureAwait(false);
                }
                else
                {
                    for (; read < ordered.Count && read <= i + ImagesAhead; read++)
                    {
                        ahead.Enqueue(fetcher.ReadAsync(ordered[read], endReading.Token));
                    }

                    fetched = await ahead.Dequeue().ConfigureAwait(false);
                }

                cancellationToken.ThrowIfCancellationRequested();
                Compute(shard, i + 1, ordered.Count, image, fetched, pipeline, table);
            }

            if (isCareful)
            {
                await attempts.NoteAsync(null, cancellationToken).ConfigureAwait(false);
            }

            pipeline.ThrowIfBroken();
            return await PublishAsync(shard, attempt, table.Complete(), item, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await endReading.CancelAsync().ConfigureAwait(false);
        }
    }

    private void Compute(
        int shard, int number, int count, PlannedImage image, FetchedImage fetched, RunPipeline pipeline, PartTable table)
    {
        var started = Stopwatch.GetTimestamp();
        var (error, masks) = (fetched.Error, MaskSet.Empty);
        if (error is null)
        {
            BeforeImage?.Invoke(image.Key);
            masks = pipeline.Compute(image.Key, fetched.Bytes, out error);
        }

        var time = Stopwatch.GetElapsedTime(started);
        RunMetrics.Image(time, masks.Count, error is not null);
        if (error is null)
        {
            table.Add(image.Key, masks);
            logger.Image(shard, number, count, image.Key, masks.Count, time.TotalSeconds);
        }
        else
        {
            table.AddFailure(image.Key, error);
            logger.ImageFailed(shard, image.Key, error);
        }
    }

    private async Task<MaskShardResult> PublishAsync(
        int shard, int attempt, PartSummary summary, PendingItem item, CancellationToken cancellationToken)
    {
        var isFirst = await item.PublishAsync(cancellationToken).ConfigureAwait(false);
        if (isFirst)
        {
            logger.Committed(shard, summary.Images, summary.Failed, summary.Masks, summary.Seconds);
        }
        else
        {
            logger.DoneMeanwhile(shard);
        }

        return new MaskShardResult(shard, isFirst ? MaskShardOutcome.Committed : MaskShardOutcome.DoneMeanwhile)
        {
            ImageCount = summary.Images, FailedImageCount = summary.Failed, MaskCount = summary.Masks, Attempt = attempt,
        };
    }
}
