using Hangfire;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>Works at the shards of one run, one after the other, until it is told to end or nothing is left.</summary>
internal sealed class QueueWorker(QueueDatabase database, IQueuedRun run, MaskRunQueueOptions options, ILogger logger)
{
    private const int MostPauses = 12;
    private const int ShortId = 16;
    private readonly RunRecord _record = new(database, run.Id, options.JobExpiration);

    /// <summary>Works.</summary>
    /// <param name="untilDone">Whether it ends when nothing of the run is left to do; otherwise it waits for more.</param>
    /// <param name="cancellationToken">Ends it: the shard in hand goes back into the queue.</param>
    /// <exception cref="MaskRunMismatchException">This worker and the run do not fit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<MaskRunQueueEnd> RunAsync(bool untilDone, CancellationToken cancellationToken)
    {
        using var performer = new ShardPerformer(run, options, logger);
        using var server = new BackgroundJobServer(ServerOptions(performer), database.Storage);
        logger.Waiting(run.Id.Length > ShortId ? run.Id[..ShortId] : run.Id, database.Name);
        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var renewal = RenewAsync(ended.Token);
            var end = untilDone ? WaitAsync(performer, ended.Token) : ForEverAsync(ended.Token);
            try
            {
                await Task.WhenAny(end, performer.Unfit).ConfigureAwait(false);
                if (performer.Unfit.IsFaulted)
                {
                    await performer.Unfit.ConfigureAwait(false);
                }

                return await end.ConfigureAwait(false);
            }
            finally
            {
                await ended.CancelAsync().ConfigureAwait(false);
                await Task.WhenAll(renewal, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            performer.Stop();
            server.SendStop();
            await server.WaitForShutdownAsync(CancellationToken.None).ConfigureAwait(false);

            // Hangfire waits for what its server has begun; not for a shard that has outlived the server before it.
            await performer.IdleAsync().ConfigureAwait(false);
        }
    }

    private BackgroundJobServerOptions ServerOptions(ShardPerformer performer) => new()
    {
        ServerName = options.Worker ?? Environment.MachineName,
        WorkerCount = 1,
        Queues = [QueueName.Of(run.Id)],
        Activator = new ShardActivator(new ShardJob(performer.Work)),
        FilterProvider = ShardFilters.Create(options),

        // Whoever is told to end does so within a batch of points.
        StopTimeout = TimeSpan.Zero,
        ShutdownTimeout = options.ShutdownTimeout,

        // Who asks whether a job is still this worker's, and for shards that are tried again.
        CancellationCheckInterval = options.PollInterval,
        SchedulePollingInterval = options.PollInterval,
        ServerCheckInterval = TimeSpan.FromMinutes(1),
    };

    // A run of months is not forgotten while somebody works at it.
    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await _record.RenewAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                logger.CannotLook(e.Message);
            }

            await Task.Delay(_record.RenewalPause, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<MaskRunQueueEnd> ForEverAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        throw new OperationCanceledException(cancellationToken);
    }

    // By what is in the store. That the queue has nothing says only that nothing more will come; and only if it was filled before.
    private async Task<MaskRunQueueEnd> WaitAsync(ShardPerformer performer, CancellationToken cancellationToken)
    {
        for (var pauses = 1; ;)
        {
            await Task.Delay(pauses * options.PollInterval, cancellationToken).ConfigureAwait(false);
            if (performer.IsBusy)
            {
                pauses = 1;
                continue;
            }

            pauses = Math.Min(2 * pauses, MostPauses);
            try
            {
                if (await LookAsync(cancellationToken).ConfigureAwait(false) is { } end && !performer.IsBusy)
                {
                    return end;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                logger.CannotLook(e.Message);
            }
        }
    }

    private async Task<MaskRunQueueEnd?> LookAsync(CancellationToken cancellationToken)
    {
        var (missing, givenUp) = await run.LookAsync(cancellationToken).ConfigureAwait(false);
        if (missing == 0)
        {
            return MaskRunQueueEnd.Done;
        }

        if (missing > givenUp)
        {
            if (!await _record.IsCompleteAsync().ConfigureAwait(false)
                || (await database.QueuedShardsAsync(run.Id, cancellationToken).ConfigureAwait(false)).Count > 0)
            {
                return null;
            }

            // What was done between the two looks.
            (missing, givenUp) = await run.LookAsync(cancellationToken).ConfigureAwait(false);
        }

        return missing == 0 ? MaskRunQueueEnd.Done : missing == givenUp ? MaskRunQueueEnd.GivenUp : MaskRunQueueEnd.NothingQueued;
    }
}
