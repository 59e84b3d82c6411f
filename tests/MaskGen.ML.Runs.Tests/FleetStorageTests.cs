using MaskGen.ML.Runs.Hangfire;

namespace MaskGen.ML.Runs.Tests;

/// <summary>A fleet whose run and images are in S3.</summary>
public sealed class FleetStorageTests : IDisposable
{
    private const int Shards = 4;
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_S3ServerAwayForAWhile_TriesTheShardAgainAndHasEveryImageOnce()
    {
        var (client, bucket) = await TestServers.S3Async();
        await using var database = await FleetDatabase.CreateAsync();
        using var line = new CutLine(new Uri(TestServers.S3Variables["AWS_ENDPOINT_URL_S3"]).Port);
        _run.With(2 * Shards);
        foreach (var file in Directory.GetFiles(_run.Images))
        {
            await TestBucket.PutAsync(client, bucket, $"in/{Path.GetFileName(file)}", File.ReadAllBytes(file));
        }

        var run = $"s3://{bucket}/run";
        await AssertDoneAsync(["create", $"s3://{bucket}/in", "--run", run, "--shard-images", "2", .. TestRun.Quick]);
        Assert.Equal(Shards, (await SubmitAsync()).SubmittedShardCount);
        using var hold = new HeldWorkers(_run["hold"]);
        Dictionary<string, string> variables = new(TestServers.S3Variables)
        {
            ["AWS_ENDPOINT_URL_S3"] = $"http://127.0.0.1:{line.Port}",

            // What is tried again here is the shard.
            ["AWS_MAX_ATTEMPTS"] = "1",
        };
        foreach (var (name, value) in database.Variables(folder: hold.Folder))
        {
            variables[name] = value;
        }

        using var worker = WorkerProgram.StartFleet(["work", run, "--until-done", "--threads", "1"], variables);
        await hold.UntilHeldAsync(worker);

        // It has read the images of its shard; what it computes of them it cannot publish.
        line.Break();
        hold.Release();
        await worker.LineAsync(text => text.Contains("tried again later", StringComparison.Ordinal));
        line.Mend();

        await FleetWorkers.EndAsync(worker);
        await AssertDoneAsync(["finish", run]);
        await TestBucket.DownloadAsync(client, bucket, "run", _run.Path);
        var (images, failed, _, _) = TestRun.AssertPartition(_run.Path);
        Assert.Equal((2L * Shards, 0L), (images, failed));

        async Task<MaskRunSubmission> SubmitAsync()
        {
            using var queue = await MaskRunQueue.OpenAsync(
                database.Address, cancellationToken: TestContext.Current.CancellationToken);
            var store = MaskRunStore.OpenS3(client, bucket, "run");
            using var opened = await MaskRun.OpenAsync(store, null, TestContext.Current.CancellationToken);
            return await queue.SubmitAsync(opened, cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    private static async Task AssertDoneAsync(string[] arguments)
    {
        using var program = WorkerProgram.Start(arguments, TestServers.S3Variables);
        var (exitCode, error) = await program.EndAsync();
        Assert.True(exitCode == 0, error);
    }
}
