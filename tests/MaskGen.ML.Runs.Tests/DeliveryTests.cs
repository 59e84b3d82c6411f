using System.Collections.Concurrent;

namespace MaskGen.ML.Runs.Tests;

/// <summary>Shards may be given to workers too often, in any order, with any index.</summary>
public sealed class DeliveryTests : IDisposable
{
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_EveryShardFiveTimesToThreeWorkers_CommitsEachOnce()
    {
        await _run.With(12).CreateAsync(3);
        var random = new Random(5);
        var deliveries = new ConcurrentQueue<int>(Enumerable.Range(0, 20).OrderBy(_ => random.Next()).Select(i => i % 4));
        var outcomes = new ConcurrentBag<MaskShardOutcome>();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async worker =>
        {
            var options = new MaskRunOptions { Worker = $"worker {worker}", Session = new Sam2SessionOptions { ThreadCount = 1 } };
            using var run = await MaskRun.OpenAsync(MaskRunStore.Open(_run.Path), options, TestContext.Current.CancellationToken);
            while (deliveries.TryDequeue(out var shard))
            {
                outcomes.Add((await run.WorkAsync(shard, TestContext.Current.CancellationToken)).Outcome);
            }
        }));

        Assert.Equal(20, outcomes.Count);
        Assert.Equal(4, outcomes.Count(outcome => outcome == MaskShardOutcome.Committed));
        Assert.DoesNotContain(MaskShardOutcome.GivenUp, outcomes);
        await _run.AssertCompleteAsync();
    }

    [Theory]
    [InlineData("SLURM_ARRAY_TASK_ID")]
    [InlineData("JOB_COMPLETION_INDEX")]
    [InlineData("AWS_BATCH_JOB_ARRAY_INDEX")]
    public async Task Work_Array_TakesItsIndexFromTheEngine(string variable)
    {
        await _run.With(5).CreateAsync(1);

        await WorkAsync("1");
        Assert.Equal(
            ["part-00001.parquet", "part-00004.parquet"],
            Directory.GetFiles(_run["run/masks"]).Select(file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal));

        await WorkAsync("0");
        await WorkAsync("2");
        await _run.AssertCompleteAsync();

        async Task WorkAsync(string index)
        {
            var (exitCode, _, error) = await TestRun.CommandAsync(
                ["work", _run.Path, "--array", "3"], new Dictionary<string, string> { [variable] = index });
            Assert.True(exitCode == 0, error);
        }
    }

    [Theory]
    [InlineData("--array 3", null, "expected one of SLURM_ARRAY_TASK_ID")]
    [InlineData("--array 3", "3", "found part 3. Number the tasks of the array from 0 to 2.")]
    [InlineData("--part 2/2", null, "expected a part from 0 to 1")]
    [InlineData("--part 1", null, "expected K/N such as 0/8")]
    [InlineData("--shard 1", null, "expected a shard from 0 to 0")]
    [InlineData("", null, "found none")]
    [InlineData("--shard 0 --part 0/1", null, "found several")]
    [InlineData("--part 0/1 --queue=true", null, "Expected '--queue' as an argument of its own")]
    public async Task Work_WrongChoiceOfShards_SaysWhatWasExpected(string options, string? index, string expected)
    {
        await _run.With(1).CreateAsync(1);

        var (exitCode, _, error) = await TestRun.CommandAsync(
            ["work", _run.Path, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            index is null ? null : new Dictionary<string, string> { ["SLURM_ARRAY_TASK_ID"] = index });

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}
