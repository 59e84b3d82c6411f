using MaskGen.ML.Runs.Hangfire;

namespace MaskGen.ML.Runs.Tests;

/// <summary>What the database knows of a run: since when, whether all of it is in the queue, and until when.</summary>
public sealed class RunRecordTests
{
    private static readonly MaskRunQueueOptions Quick = new() { PollInterval = TimeSpan.FromMilliseconds(50) };

    [Fact]
    public async Task Work_WhileTheRunIsBeingSubmitted_WaitsForShards()
    {
        await using var database = await FleetDatabase.CreateAsync();
        using var queue = await OpenAsync(database);
        using var tables = await QueueDatabase.OpenAsync(database.Address, Quick, TestContext.Current.CancellationToken);
        var record = new RunRecord(tables, "run", Quick.JobExpiration);
        await record.BeginAsync("/run");
        var run = new UndoneRun();
        var work = queue.WorkAsync(run, untilDone: true, TestContext.Current.CancellationToken);

        // Nothing is in the queue, which says nothing as long as somebody fills it.
        await run.LookedThreeTimes;
        Assert.False(work.IsCompleted);
        await record.CompleteAsync();

        Assert.Equal(MaskRunQueueEnd.NothingQueued, await work);
    }

    [Fact]
    public async Task Work_AnyRun_IsRememberedFromThenOn()
    {
        await using var database = await FleetDatabase.CreateAsync();
        using var queue = await OpenAsync(database);
        await queue.RegisterAsync("run", "/run");
        await using var heard = await database.ListenAsync("hash", "update", "(new.expireat > now() + interval '29 days')::text");
        await database.ScalarAsync<int>(
            "with soon as (update maskgen.hash set expireat = now() + interval '1 hour' returning 1) select count(*) from soon");

        await queue.WorkAsync(new UndoneRun(), untilDone: true, TestContext.Current.CancellationToken);

        while (await heard.NextAsync() != "true")
        {
        }
    }

    [Fact]
    public async Task List_RunWhoseRecordIsGone_ForgetsIt()
    {
        await using var database = await FleetDatabase.CreateAsync();
        using var queue = await OpenAsync(database);
        await queue.RegisterAsync("old", "/old");
        await queue.RegisterAsync("new", "/new");
        await database.ScalarAsync<int>(
            "with gone as (delete from maskgen.hash where key = 'maskgen:run:old' returning 1) select count(*) from gone");

        var runs = await queue.ListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(("new", "/new"), (runs.Single().Id, runs.Single().Address));
        Assert.Equal("new", await database.ScalarAsync<string>("select string_agg(value, ',') from maskgen.set"));
    }

    private static Task<MaskRunQueue> OpenAsync(FleetDatabase database) =>
        MaskRunQueue.OpenAsync(database.Address, Quick, TestContext.Current.CancellationToken);

    private sealed class UndoneRun : IQueuedRun
    {
        private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _looks;

        public string Id => "run";

        public Task LookedThreeTimes => _looked.Task;

        public Task<MaskShardResult> WorkAsync(int shard, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("No shard is queued.");

        public Task<(int Missing, int GivenUp)> LookAsync(CancellationToken cancellationToken)
        {
            if (++_looks == 3)
            {
                _looked.TrySetResult();
            }

            return Task.FromResult((1, 0));
        }
    }
}
