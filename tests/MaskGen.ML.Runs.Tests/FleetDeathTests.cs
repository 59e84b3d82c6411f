using Npgsql;

namespace MaskGen.ML.Runs.Tests;

/// <summary>Workers by a queue that are killed at a bad moment, stopped and told to end: in the end every image is there once.</summary>
public sealed class FleetDeathTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_KilledInsideAStateChange_IsDoneByAnother()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(4).CreateAsync(2);
        await database.SubmitAsync(_run.Path);
        await using var locks = await database.ListenAsync("lock", "insert", "new.resource");
        await using (var connection = await database.OpenAsync())
        {
            // No state can be written: the worker stays between its lock and its commit.
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand("lock table maskgen.state in exclusive mode", connection, transaction);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            using var worker = FleetWorkers.Start(_run, database);
            while (!(await locks.NextAsync()).EndsWith(":state-lock", StringComparison.Ordinal))
            {
            }

            worker.Signal(WorkerProgram.Kill);
            await worker.EndAsync();
        }

        Assert.Equal(1, await database.ScalarAsync<int>("select count(*) from maskgen.lock where resource like '%:state-lock'"));
        await FleetWorkers.EndAsync(FleetWorkers.Start(_run, database));
        Assert.Equal(0, await database.ScalarAsync<int>("select count(*) from maskgen.lock where resource like '%:state-lock'"));
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Work_StoppedBeyondTheTimeout_LosesToAnother()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(30).CreateAsync(30, "--points-per-side", "8");
        await database.SubmitAsync(_run.Path);
        using var zombie = FleetWorkers.Start(_run, database);
        await zombie.LineAsync(line => line.Contains("1 of 30", StringComparison.Ordinal));
        zombie.Signal(WorkerProgram.Stop);

        await FleetWorkers.EndAsync(FleetWorkers.Start(_run, database));
        var part = System.IO.Path.Combine(_run.Path, "masks", "part-00000.parquet");
        var bytes = await File.ReadAllBytesAsync(part, TestContext.Current.CancellationToken);

        zombie.Signal(WorkerProgram.Continue);
        await zombie.LineAsync(line => line.Contains("another worker has", StringComparison.Ordinal));
        Assert.Equal(0, (await zombie.EndAsync()).ExitCode);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(part, TestContext.Current.CancellationToken));
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Work_ToldToEnd_ReturnsTheShardAtOnce()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(12).CreateAsync(12, "--points-per-side", "16");
        await database.SubmitAsync(_run.Path);
        using var worker = FleetWorkers.Start(_run, database, FleetDatabase.Patient);
        await worker.LineAsync(line => line.Contains("1 of 12", StringComparison.Ordinal));
        worker.Signal(WorkerProgram.Terminate);

        // What is promised; a loaded machine is far below it too.
        var (exitCode, error) = await worker.EndAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(75, exitCode);
        Assert.Contains("shard 0: given back", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_run["run/_attempts"], "*", SearchOption.AllDirectories));

        // Nobody would get it for ten minutes otherwise.
        using var next = FleetWorkers.Start(_run, database, FleetDatabase.Patient);
        await next.LineAsync(line => line.Contains("shard 0: attempt 1", StringComparison.Ordinal));
        await FleetWorkers.EndAsync(next);
        await _run.AssertCompleteAsync();
    }
}
