using System.Text.Json.Nodes;
using MaskGen.ML.Runs.Hangfire;

namespace MaskGen.ML.Runs.Tests;

/// <summary>A worker that does not fit a run leaves its queue alone.</summary>
public sealed class FleetMismatchTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_OfARunThatDoesNotFit_LeavesTheQueueUntouched()
    {
        const string Everything =
            "select count(*) filter (where fetchedat is null) || ' ' || (select count(*) from maskgen.state) || ' ' || "
            + "(select count(*) from maskgen.server) from maskgen.jobqueue";
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(2).CreateAsync(1);
        await database.SubmitAsync(_run.Path);
        var before = await database.ScalarAsync<string>(Everything);
        var (pipeline, manifest) = (_run["run/pipeline.zip"], _run["run/run.json"]);
        var (pipelineBefore, manifestBefore) = (File.ReadAllBytes(pipeline), File.ReadAllText(manifest));
        foreach (var what in new[] { "weights", "options", "version" })
        {
            var (bytes, json) = (pipelineBefore.ToArray(), JsonNode.Parse(manifestBefore)!);
            switch (what)
            {
                case "weights":
                    bytes[bytes.Length / 2] ^= 1;
                    break;
                case "options":
                    json["settings"]!["label"] = "cat";
                    break;
                default:
                    json["library"] = "0.1.0";
                    break;
            }

            File.WriteAllBytes(pipeline, bytes);
            File.WriteAllText(manifest, json.ToJsonString());
            using var worker = FleetWorkers.Start(_run, database);
            var (exitCode, error) = await worker.EndAsync();

            Assert.True(exitCode == 78, error);
            Assert.Contains("expected", error, StringComparison.Ordinal);
            Assert.Equal(before, await database.ScalarAsync<string>(Everything));
        }

        // A worker that fits does it.
        File.WriteAllBytes(pipeline, pipelineBefore);
        File.WriteAllText(manifest, manifestBefore);
        await FleetWorkers.EndAsync(FleetWorkers.Start(_run, database));
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Work_PipelineChangedMeanwhile_EndsAndGivesTheShardBack()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(2).CreateAsync(2);
        await database.SubmitAsync(_run.Path);
        using var queue = await MaskRunQueue.OpenAsync(
            database.Address,
            new MaskRunQueueOptions { PollInterval = TimeSpan.FromMilliseconds(200) },
            TestContext.Current.CancellationToken);

        var id = (await queue.ListAsync(TestContext.Current.CancellationToken)).Single().Id;
        await Assert.ThrowsAsync<MaskRunMismatchException>(
            () => queue.WorkAsync(new UnfitRun(id), untilDone: true, TestContext.Current.CancellationToken));

        Assert.Equal(1, await database.ScalarAsync<int>("select count(*) from maskgen.jobqueue where fetchedat is null"));
        await FleetWorkers.EndAsync(FleetWorkers.Start(_run, database));
        await _run.AssertCompleteAsync();
    }

    private sealed class UnfitRun(string id) : IQueuedRun
    {
        public string Id => id;

        public Task<MaskShardResult> WorkAsync(int shard, CancellationToken cancellationToken) =>
            throw new MaskRunMismatchException("Expected the pipeline of the run, found another.");

        public Task<(int Missing, int GivenUp)> LookAsync(CancellationToken cancellationToken) => Task.FromResult((1, 0));
    }
}
