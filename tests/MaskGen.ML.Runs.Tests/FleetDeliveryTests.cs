using System.Text.Json.Nodes;
using MaskGen.ML.Runs.Hangfire;
using Npgsql;

namespace MaskGen.ML.Runs.Tests;

/// <summary>What a queue gives to workers, and what they do not take from it.</summary>
public sealed class FleetDeliveryTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_EveryShardFiveTimesToThreeWorkers_CommitsEachOnce()
    {
        const int Deliveries = 5, Shards = 4;
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(12).CreateAsync(3);
        using var queue = await MaskRunQueue.OpenAsync(
            database.Address,
            new MaskRunQueueOptions { PollInterval = TimeSpan.FromMilliseconds(200), MaximumPoolSize = 9 },
            TestContext.Current.CancellationToken);
        await using var ended = await database.ListenAsync("state", "insert", "new.name");
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var workers = Enumerable.Range(0, 3).Select(async worker =>
        {
            var options = new MaskRunOptions { Worker = $"worker {worker}", Session = new Sam2SessionOptions { ThreadCount = 1 } };
            using var run = await MaskRun.OpenAsync(MaskRunStore.Open(_run.Path), options, end.Token);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queue.WorkAsync(run, untilDone: false, end.Token));
        }).ToList();

        var id = JsonNode.Parse(await File.ReadAllTextAsync(_run["run/run.json"], end.Token))!["id"]!.GetValue<string>();
        await queue.EnqueueAsync(
            id, [.. Enumerable.Range(0, Deliveries * Shards).Select(i => i % Shards)], null, TestContext.Current.CancellationToken);
        for (var succeeded = 0; succeeded < Deliveries * Shards;)
        {
            var state = await ended.NextAsync();
            Assert.NotEqual("Failed", state);
            succeeded += state == "Succeeded" ? 1 : 0;
        }

        await end.CancelAsync();
        await Task.WhenAll(workers);
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Work_ShardOfMoreThanThreeTimeouts_IsStartedOnce()
    {
        const int Timeout = 4;
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(2).CreateAsync(2);
        await database.SubmitAsync(_run.Path);
        await using var fetched = await database.ListenAsync("jobqueue", "update", "extract(epoch from new.fetchedat)::bigint::text");
        using var hold = new HeldWorkers(_run["hold"]);
        using var busy = FleetWorkers.Start(_run, database, folder: hold.Folder);
        await hold.UntilHeldAsync(busy);
        using var idle = FleetWorkers.Start(_run, database, folder: hold.Folder);
        await idle.LineAsync(line => line.Contains("waits for shards", StringComparison.Ordinal));

        // By the database's clock: the worker has said again and again that it lives.
        long Seconds(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        var first = Seconds(await fetched.NextAsync());
        while (Seconds(await fetched.NextAsync()) - first <= 3 * Timeout)
        {
        }

        // What PostgreSQL must allow: three connections for each.
        const string Connections =
            "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'maskgen-fleet'";
        Assert.InRange(await database.ScalarAsync<int>(Connections), 2, 6);
        hold.Release();
        await FleetWorkers.EndAsync(busy, idle);
        Assert.Equal(1, await database.ScalarAsync<int>("select count(*) from maskgen.state where name = 'Processing'"));
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Submit_Again_PutsInWhatIsMissingAndNotThere()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(4).CreateAsync(1);
        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--shard", "2"])).ExitCode);

        Assert.Contains("3 of 4 shards submitted; 1 done, 0 in the queue before", await database.SubmitByProgramAsync(_run.Path));
        Assert.Contains("0 of 4 shards submitted; 1 done, 3 in the queue before", await database.SubmitByProgramAsync(_run.Path));
        await FleetWorkers.EndAsync(FleetWorkers.Start(_run, database));
        Assert.Contains("0 of 4 shards submitted; 4 done, 0 in the queue before", await database.SubmitByProgramAsync(_run.Path));
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Work_ShardAtWhichSixHaveDied_FailsOnceAndIsTriedWhenSubmittedAgain()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(2).CreateAsync(1);
        await database.SubmitAsync(_run.Path);
        _run.WithDeadAttempts(6);

        await using (var states = await database.ListenAsync("state", "insert", "new.name"))
        {
            using var worker = WorkerProgram.StartFleet(["work", _run.Path, "--queue", "--threads", "1"], database.Variables());
            while (await states.NextAsync() is var state && state != "Failed")
            {
                Assert.NotEqual("Scheduled", state);
            }

            worker.Signal(WorkerProgram.Terminate);
            Assert.Equal(75, (await worker.EndAsync()).ExitCode);
        }

        using (var worker = FleetWorkers.Start(_run, database))
        {
            Assert.Equal(1, (await worker.EndAsync()).ExitCode);
        }

        Assert.Contains("1 given up; --again", await database.SubmitByProgramAsync(_run.Path), StringComparison.Ordinal);
        Assert.Equal(1, (await database.SubmitAsync(_run.Path, again: true)).SubmittedShardCount);
        await FleetWorkers.EndAsync(FleetWorkers.Start(_run, database));
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Work_JobThatIsNoShard_IsNotDone()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(1).CreateAsync(1);
        await database.SubmitAsync(_run.Path);
        var trace = _run["trace"];

        // What somebody could write who can write to the database: a method of .NET that makes a file.
        await using (var connection = await database.OpenAsync())
        {
            await using var command = new NpgsqlCommand(
                """
                with foreign_job as (
                  insert into maskgen.job (statename, invocationdata, arguments, createdat)
                  values ('Enqueued',
                    '{"Type": "System.IO.File, System.Private.CoreLib", "Method": "WriteAllText",
                      "ParameterTypes": "[\"System.String, System.Private.CoreLib\",\"System.String, System.Private.CoreLib\"]"}',
                    jsonb_build_array(to_json($1::text)::text, '"x"'), now() - interval '1 day') returning id)
                insert into maskgen.jobqueue (jobid, queue) select id, (select queue from maskgen.jobqueue limit 1) from foreign_job
                """,
                connection)
            {
                Parameters = { new NpgsqlParameter { Value = trace } },
            };
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await using var states = await database.ListenAsync("state", "insert", "new.name");
        using var worker = WorkerProgram.StartFleet(["work", _run.Path, "--queue", "--threads", "1"], database.Variables());
        while (await states.NextAsync() != "Deleted")
        {
        }

        worker.Signal(WorkerProgram.Terminate);
        await worker.EndAsync();
        Assert.False(File.Exists(trace));
        await FleetWorkers.EndAsync(FleetWorkers.Start(_run, database));
        await _run.AssertCompleteAsync();
    }

    [Theory]
    [InlineData(null, 2, "MASKGEN_QUEUE: expected the connection string")]
    [InlineData("nonsense", 2, "Expected a connection string of PostgreSQL")]
    [InlineData("Host=127.0.0.1;Port=1;Username=u;Password=secret;Database=d", 75, "PostgreSQL at 127.0.0.1:1, database d")]
    [InlineData("postgresql://u:secret@127.0.0.1:1/d", 75, "PostgreSQL at 127.0.0.1:1, database d")]
    public async Task Submit_WithoutADatabase_SaysWhatWasExpected(string? address, int expected, string message)
    {
        await _run.With(1).CreateAsync(1);
        var variables = new Dictionary<string, string> { ["MASKGEN_QUEUE"] = address ?? string.Empty };

        using var program = WorkerProgram.StartFleet(["submit", _run.Path], variables);
        var (exitCode, error) = await program.EndAsync();

        Assert.Equal(expected, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }
}
