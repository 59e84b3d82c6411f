using System.Diagnostics.CodeAnalysis;
using Hangfire;
using Hangfire.Server;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>Does the shards that Hangfire gives to a worker, and says what is to become of their jobs: an exception has them tried again, a
/// cancellation puts them back.</summary>
internal sealed class ShardPerformer(IQueuedRun run, MaskRunQueueOptions options, ILogger logger) : IDisposable
{
    // A store that is away is no reason to take all shards out of the queue, one after the other.
    private const int MostPauses = 12;

    private readonly TaskCompletionSource _unfit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly object _lock = new();
    private TaskCompletionSource? _idle;
    private int _busy;
    private int _pauses;

    /// <summary>Whether a shard is being done.</summary>
    public bool IsBusy => Volatile.Read(ref _busy) > 0;

    /// <summary>Fails when it turns out that this worker and the run do not fit.</summary>
    public Task Unfit => _unfit.Task;

    /// <summary>Has the shard in hand given back, also one that a server of Hangfire's from before has begun.</summary>
    public void Stop() => _stopping.Cancel();

    /// <summary>Ends when no shard is being done.</summary>
    public Task IdleAsync()
    {
        lock (_lock)
        {
            return _busy == 0
                ? Task.CompletedTask
                : (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>Does a shard.</summary>
    public void Work(string runId, int shard, IJobCancellationToken job)
    {
        if (runId != run.Id)
        {
            throw new InvalidOperationException($"Expected a shard of run {run.Id}, found one of run {runId}.");
        }

        lock (_lock)
        {
            _busy++;
        }

        try
        {
            Work(shard, job);
        }
        finally
        {
            lock (_lock)
            {
                if (--_busy == 0)
                {
                    _idle?.TrySetResult();
                    _idle = null;
                }
            }
        }
    }

    private void Work(int shard, IJobCancellationToken job)
    {
        // Hangfire also starts its server anew, and says so to every job, when the database was away for long. Then the shard goes on: all
        // it needs is the store of the run.
        var isTaken = false;
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        using var registration = job.ShutdownToken.Register(() =>
        {
            isTaken = IsAborted(job);
            if (isTaken)
            {
                _ = cancellation.CancelAsync();
            }
        });
        try
        {
            var result = run.WorkAsync(shard, cancellation.Token).GetAwaiter().GetResult();
            _pauses = 0;
            if (!result.IsDone)
            {
                throw new ShardGivenUpException(shard, result.Attempt);
            }
        }
        catch (OperationCanceledException) when (isTaken)
        {
            logger.TakenAway(shard);
            throw;
        }
        catch (OperationCanceledException e) when (_stopping.IsCancellationRequested)
        {
            logger.GivenBack(shard);
            PutBack(e, job);
        }
        catch (MaskRunMismatchException e)
        {
            // Nothing is wrong with the shard: another worker may do it.
            _unfit.TrySetException(e);
            PutBack(e, job);
        }
        catch (Exception e) when (e is not ShardGivenUpException)
        {
            logger.Failed(shard, e.Message);
            _pauses = Math.Min(Math.Max(1, 2 * _pauses), MostPauses);
            job.ShutdownToken.WaitHandle.WaitOne(_pauses * options.PollInterval);
            throw;
        }
    }

    // Hangfire puts a job back that is cancelled after its server was told to end, and calls it failed before that.
    [DoesNotReturn]
    private static void PutBack(Exception cause, IJobCancellationToken job)
    {
        job.ShutdownToken.WaitHandle.WaitOne();
        throw new OperationCanceledException(cause.Message, cause, job.ShutdownToken);
    }

    private static bool IsAborted(IJobCancellationToken job)
    {
        try
        {
            // Asks no database: what called us has found it out.
            job.ThrowIfCancellationRequested();
            return false;
        }
        catch (JobAbortedException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
