using MaskGen.ML.Runs.Hangfire;
using Npgsql;

namespace MaskGen.ML.Runs.Tests;

/// <summary>Workers whose database, line and storage go away in the middle: in the end every image is there once.</summary>
public sealed class FleetOutageTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_DatabaseStoppedAtOnce_CommitsMeanwhileAndGoesOn()
    {
        using var server = await PostgresServer.CreateAsync();
        await using var database = await FleetDatabase.CreateAsync(server.Address);
        await _run.With(16).CreateAsync(2);
        await database.SubmitAsync(_run.Path);
        using var hold = new HeldWorkers(_run["hold"]);
        WorkerProgram[] workers =
        [
            FleetWorkers.Start(_run, database, folder: hold.Folder), FleetWorkers.Start(_run, database, folder: hold.Folder),
        ];
        await hold.UntilHeldAsync(workers);

        await server.StopAtOnceAsync();
        hold.Release();
        foreach (var worker in workers)
        {
            await worker.LineAsync(line => line.Contains("committed", StringComparison.Ordinal));
        }

        await server.StartAsync();
        await FleetWorkers.EndAsync(workers);
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Work_DatabaseDropped_CommitsMeanwhileAndGoesOnOnceSubmittedAgain()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(16).CreateAsync(2);
        await database.SubmitAsync(_run.Path);
        var lastId = await database.ScalarAsync<long>("select max(id) from maskgen.job");
        using var hold = new HeldWorkers(_run["hold"]);
        WorkerProgram[] workers =
        [
            FleetWorkers.Start(_run, database, folder: hold.Folder), FleetWorkers.Start(_run, database, folder: hold.Folder),
        ];
        await hold.UntilHeldAsync(workers);

        await database.DropAsync();
        hold.Release();
        foreach (var worker in workers)
        {
            await worker.LineAsync(line => line.Contains("committed", StringComparison.Ordinal));
        }

        await database.CreateAgainAsync();
        var submission = await database.SubmitAsync(_run.Path);
        Assert.Equal((6, 2), (submission.SubmittedShardCount, submission.DoneShardCount));

        // No job has the number of one that a worker may still hold.
        Assert.True(await database.ScalarAsync<long>("select min(id) from maskgen.job") > lastId);
        await FleetWorkers.EndAsync(workers);
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Work_CutOffFromTheDatabaseThenFromStorage_CommitsThenIsTriedAgain()
    {
        await using var database = await FleetDatabase.CreateAsync();
        var port = new NpgsqlConnectionStringBuilder(database.Address).Port;
        using var line = new CutLine(port);
        await _run.With(8).CreateAsync(2);
        await database.SubmitAsync(_run.Path);
        using var hold = new HeldWorkers(_run["hold"]);
        using var worker = WorkerProgram.StartFleet(
            ["work", _run.Path, "--until-done", "--threads", "1"],
            database.Variables(folder: hold.Folder, address: $"{database.Address};Port={line.Port};Timeout=2;Command Timeout=2"));
        await hold.UntilHeldAsync(worker);

        line.Cut();
        hold.Release();
        await worker.LineAsync(text => text.Contains("committed", StringComparison.Ordinal));
        hold.HoldAgain();
        line.Mend();

        // It goes on; and then the share with the run is not mounted any more.
        await hold.UntilHeldAsync(worker);
        Directory.Move(_run.Path, _run["away"]);
        hold.Release();
        await worker.LineAsync(text => text.Contains("tried again later", StringComparison.Ordinal));
        Directory.Move(_run["away"], _run.Path);
        await FleetWorkers.EndAsync(worker);
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Submit_DatabaseGoesAwayMeanwhile_SaysSoAndIsDoneBySubmittingAgain()
    {
        using var server = await PostgresServer.CreateAsync();
        await using var database = await FleetDatabase.CreateAsync(server.Address);
        await _run.With(20).CreateAsync(1);
        using var opened = await MaskRun.OpenAsync(MaskRunStore.Open(_run.Path), null, TestContext.Current.CancellationToken);
        using (var queue = await MaskRunQueue.OpenAsync(database.Address, cancellationToken: TestContext.Current.CancellationToken))
        {
            var error = await Assert.ThrowsAsync<IOException>(
                () => queue.SubmitAsync(opened, progress: new StopAt(5, server), cancellationToken: TestContext.Current.CancellationToken));
            Assert.StartsWith("PostgreSQL at 127.0.0.1", error.Message, StringComparison.Ordinal);
        }

        await server.StartAsync();
        var submission = await database.SubmitAsync(_run.Path);
        Assert.InRange(submission.QueuedShardCount, 5, 19);
        Assert.Equal(20, submission.QueuedShardCount + submission.SubmittedShardCount);
    }

    [Fact]
    public async Task Work_QueueThatLostShards_SaysToSubmitAgain()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(2).CreateAsync(1);
        await database.SubmitAsync(_run.Path);
        Assert.Equal(
            2, await database.ScalarAsync<int>("with gone as (delete from maskgen.jobqueue returning 1) select count(*) from gone"));

        using var worker = FleetWorkers.Start(_run, database);
        var (exitCode, error) = await worker.EndAsync();
        Assert.Equal(75, exitCode);
        Assert.Contains("'maskgen run submit' puts them there", error, StringComparison.Ordinal);
        await database.SubmitAsync(_run.Path);
        await FleetWorkers.EndAsync(FleetWorkers.Start(_run, database));
        await _run.AssertCompleteAsync();
    }

    // In the middle of what reports: others that put shards in at the same time wait until it has stopped.
    private sealed class StopAt(int count, PostgresServer server) : IProgress<int>
    {
        private readonly Lazy<bool> _isStopped = new(() =>
        {
            server.StopAtOnceAsync().GetAwaiter().GetResult();
            return true;
        });

        public void Report(int value) => _ = value >= count && _isStopped.Value;
    }
}
