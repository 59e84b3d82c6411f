using System.Collections.Concurrent;
using Hangfire;
using Hangfire.States;
using Microsoft.Extensions.Logging.Abstractions;

namespace MaskGen.ML.Runs.Hangfire;

/// <summary>A queue of shards in PostgreSQL, by Hangfire: workers pull from it, so that fast ones do more, and what a dead one had is given
/// to another.</summary>
/// <remarks>
/// <para>The queue decides who works when. What is done is decided by the store of the run alone: the queue may lose, repeat or delay
/// shards, and the database may be lost; submitting the run again puts whatever is missing into the queue.</para>
/// <para>Whoever can write to the database can have workers do things: it is to be trusted as the store of the run is.</para>
/// <para>Safe for concurrent use.</para>
/// </remarks>
public sealed class MaskRunQueue : IDisposable
{
    private readonly QueueDatabase _database;
    private readonly MaskRunQueueOptions _options;

    private MaskRunQueue(QueueDatabase database, MaskRunQueueOptions options)
    {
        _database = database;
        _options = options;
    }

    /// <summary>Hangfire's tables, for a dashboard. Its statistics say nothing about whether a run is complete.</summary>
    public JobStorage Storage => _database.Storage;

    /// <summary>Connects to the database, and makes the tables where there are none.</summary>
    /// <param name="connectionString">Npgsql's connection string, or an address <c>postgresql://user:password@host/database</c>.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="ArgumentNullException"><paramref name="connectionString"/> is null.</exception>
    /// <exception cref="ArgumentException">It is neither of the two, or an option is out of its range.</exception>
    /// <exception cref="IOException">The database cannot be reached; worth another attempt.</exception>
    /// <exception cref="UnauthorizedAccessException">It does not let this user in, or not make tables.</exception>
    public static async Task<MaskRunQueue> OpenAsync(
        string connectionString, MaskRunQueueOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        options ??= new MaskRunQueueOptions();
        options.Validate();
        return new MaskRunQueue(
            await QueueDatabase.OpenAsync(connectionString, options, cancellationToken).ConfigureAwait(false), options);
    }

    /// <summary>Puts the shards of a run into the queue that are not done and not in it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="again">Whether shards that were given up are tried again; their attempts are forgotten.</param>
    /// <param name="progress">Hears how many shards were put into the queue; null for nobody.</param>
    /// <param name="cancellationToken">Ends it early: submitting again does the rest.</param>
    /// <exception cref="ArgumentNullException"><paramref name="run"/> is null.</exception>
    /// <exception cref="MaskRunMismatchException">The run was created by another version, or was changed since.</exception>
    /// <exception cref="IOException">The database, or the store of the run, cannot be reached.</exception>
    public async Task<MaskRunSubmission> SubmitAsync(
        MaskRun run, bool again = false, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        run.ThrowIfOtherLibrary();
        var status = await run.GetStatusAsync(cancellationToken).ConfigureAwait(false);
        var missing = run.MissingShards;
        foreach (var shard in again ? status.GivenUpShards : [])
        {
            await run.ForgetAttemptsAsync(shard, cancellationToken).ConfigureAwait(false);
        }

        var queued = await _database.QueuedShardsAsync(run.Id, cancellationToken).ConfigureAwait(false);
        var left = missing.Where(shard => !queued.Contains(shard) && (again || !status.GivenUpShards.Contains(shard))).ToList();
        var record = new RunRecord(_database, run.Id, _options.JobExpiration);
        await record.BeginAsync(run.Store.Address).ConfigureAwait(false);
        await EnqueueAsync(run.Id, left, progress, cancellationToken).ConfigureAwait(false);
        await record.CompleteAsync().ConfigureAwait(false);
        return new MaskRunSubmission
        {
            SubmittedShardCount = left.Count,
            QueuedShardCount = missing.Count(queued.Contains),
            DoneShardCount = status.DoneShardCount,
            GivenUpShardCount = again ? 0 : status.GivenUpShards.Count(shard => !queued.Contains(shard)),
        };
    }

    /// <summary>Works at the shards of a run, one after the other.</summary>
    /// <param name="run">The run, opened with what this worker computes on.</param>
    /// <param name="untilDone">Whether it ends when nothing of the run is left to do; otherwise it waits for more until it is
    /// cancelled.</param>
    /// <param name="cancellationToken">Ends it: the shard in hand goes back into the queue at once.</param>
    /// <exception cref="ArgumentNullException"><paramref name="run"/> is null.</exception>
    /// <exception cref="MaskRunMismatchException">Pipeline, plan or library are others than those that the run was created with. Where that
    /// is so from the beginning, the queue was not touched.</exception>
    /// <exception cref="IOException">The pipeline cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <remarks>A database that goes away ends nothing: the shard in hand is done, and the worker goes on when it is back.</remarks>
    public async Task<MaskRunQueueEnd> WorkAsync(MaskRun run, bool untilDone, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        await run.PrepareAsync(cancellationToken).ConfigureAwait(false);
        return await WorkAsync(new QueuedMaskRun(run), untilDone, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The runs that were submitted, or worked at, within <see cref="MaskRunQueueOptions.JobExpiration"/>; the one that was
    /// submitted last is the first.</summary>
    /// <param name="cancellationToken">Leaves it; what the database has been asked is answered to nobody.</param>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<IReadOnlyList<SubmittedMaskRun>> ListAsync(CancellationToken cancellationToken = default)
    {
        var records = await RunRecord.ListAsync(_database).WaitAsync(cancellationToken).ConfigureAwait(false);
        return [.. records.Select(run => new SubmittedMaskRun { Id = run.Id, Address = run.Address, Submitted = run.Submitted })];
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _database.Dispose();

    /// <summary>Works at a run of any kind.</summary>
    internal Task<MaskRunQueueEnd> WorkAsync(IQueuedRun run, bool untilDone, CancellationToken cancellationToken) =>
        new QueueWorker(_database, run, _options, _options.Logger ?? NullLogger.Instance).RunAsync(untilDone, cancellationToken);

    /// <summary>Notes that there is a run, and that all of it is in the queue.</summary>
    internal async Task RegisterAsync(string runId, string address)
    {
        var record = new RunRecord(_database, runId, _options.JobExpiration);
        await record.BeginAsync(address).ConfigureAwait(false);
        await record.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Puts shards into the queue, whatever is in it.</summary>
    internal Task EnqueueAsync(
        string runId, IReadOnlyList<int> shards, IProgress<int>? progress, CancellationToken cancellationToken) =>
        _database.UseAsync(storage =>
        {
            // The database writes each to disk; several at once share that. In order, as far as that goes.
            var client = new BackgroundJobClient(storage, ShardFilters.Create(_options));
            var lanes = new ParallelOptions
            {
                MaxDegreeOfParallelism = _database.Connections, CancellationToken = cancellationToken,
            };
            var count = 0;
            Parallel.ForEach(Partitioner.Create(shards, EnumerablePartitionerOptions.NoBuffering), lanes, shard =>
            {
                client.Create(ShardJob.Of(runId, shard), new EnqueuedState(QueueName.Of(runId)));
                progress?.Report(Interlocked.Increment(ref count));
            });
            return true;
        });
}
