using System.Text;

namespace MaskGen.ML.Runs.Tests;

/// <summary>Workers that are killed, stopped, told to end, or that an image kills: in the end every image is there once.</summary>
public sealed class DeathTests : IDisposable
{
    private const int Kills = 20;
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_KilledTwentyTimesInAnArray_EndsWithEveryImageOnce()
    {
        await _run.With(90).CreateAsync(3);
        var random = new Random(7);
        for (var i = 0; i < Kills; i++)
        {
            using var worker = WorkerProgram.Start(Array(), Index(i % 2));

            // Every second worker of a part ends a shard first, as workers do, and so none dies three times at one image. The others die at
            // their first shard, at its beginning, between its images or at its end.
            if (i / 2 % 2 == 1)
            {
                await worker.LineAsync(line => line.Contains("committed", StringComparison.Ordinal));
            }

            for (var lines = random.Next(5); lines > 0 && await worker.LineAsync() is not null; lines--)
            {
            }

            worker.Signal(WorkerProgram.Kill);
            await worker.EndAsync();
        }

        foreach (var part in new[] { 0, 1 })
        {
            using var worker = WorkerProgram.Start(Array(), Index(part));
            var (exitCode, error) = await worker.EndAsync();
            Assert.True(exitCode == 0, error);
        }

        await _run.AssertCompleteAsync();

        string[] Array() => ["work", _run.Path, "--array", "2", "--threads", "1", "--verbose"];
        static Dictionary<string, string> Index(int part) => new() { ["JOB_COMPLETION_INDEX"] = $"{part}" };
    }

    [Fact]
    public async Task Work_StoppedWhileAnotherCommits_DropsItsOwn()
    {
        await _run.With(30).CreateAsync(30, "--points-per-side", "8");
        using var zombie = WorkerProgram.Start(["work", _run.Path, "--shard", "0", "--threads", "1", "--verbose"]);
        await zombie.LineAsync(line => line.Contains("1 of 30", StringComparison.Ordinal));
        zombie.Signal(WorkerProgram.Stop);

        var (exitCode, _, error) = await TestRun.CommandAsync(["work", _run.Path, "--shard", "0"]);
        Assert.True(exitCode == 0, error);
        var part = System.IO.Path.Combine(_run.Path, "masks", "part-00000.parquet");
        var bytes = await File.ReadAllBytesAsync(part, TestContext.Current.CancellationToken);

        zombie.Signal(WorkerProgram.Continue);
        var (zombieCode, zombieError) = await zombie.EndAsync();
        Assert.Equal(0, zombieCode);
        Assert.Contains("another worker has committed it meanwhile", zombieError, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(part, TestContext.Current.CancellationToken));
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Work_ToldToEnd_ReturnsTheShardAtOnce()
    {
        await _run.With(40).CreateAsync(40, "--points-per-side", "16");
        using var worker = WorkerProgram.Start(["work", _run.Path, "--shard", "0", "--threads", "1", "--verbose"]);
        await worker.LineAsync(line => line.Contains("1 of 40", StringComparison.Ordinal));
        worker.Signal(WorkerProgram.Terminate);

        // What is promised; a loaded machine is far below it too.
        var (exitCode, _) = await worker.EndAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(75, exitCode);
        Assert.DoesNotContain(
            Directory.GetFiles(_run.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }),
            file => file.Contains("_attempts", StringComparison.Ordinal) || file.Contains("_tmp", StringComparison.Ordinal));

        // The first attempt again: being told to end counts for nothing.
        var (again, _, error) = await TestRun.CommandAsync(["work", _run.Path, "--shard", "0"]);
        Assert.True(again == 0, error);
        Assert.Contains("shard 0: attempt 1", error, StringComparison.Ordinal);
        await _run.AssertCompleteAsync();
    }

    [Fact]
    public async Task Work_ImageThatIsNone_HasARowWithTheError()
    {
        await _run.With(4).WithFile("bad.jpg", Encoding.ASCII.GetBytes("This is no image.")).WithFile("empty.png", []).CreateAsync(6);

        var (exitCode, _, error) = await TestRun.CommandAsync(["work", _run.Path, "--part", "0/1"]);

        Assert.Equal(0, exitCode);
        Assert.Contains("2 images failed", error, StringComparison.Ordinal);
        Assert.Equal(
            ["bad.jpg", "empty.png"],
            TestRun.Query($"select image from '{_run.Path}/masks/*.parquet' where error is not null order by image").Select(row => row[0]));
        await _run.AssertCompleteAsync(failed: 2);
    }

    [Fact]
    public async Task Work_ImageThatKillsTheProcess_IsGivenUpAfterThreeDeaths()
    {
        await _run.With(6).CreateAsync(6);
        var abort = new Dictionary<string, string> { ["MASKGEN_RUN_TEST_ABORT"] = "0003.png" };
        var deaths = 0;
        int code;
        string error;
        do
        {
            using var worker = WorkerProgram.Start(["work", _run.Path, "--shard", "0", "--threads", "1"], abort);
            (code, error) = await worker.EndAsync();
        }
        while (code != 0 && ++deaths <= 6);

        Assert.True(code == 0, error);
        Assert.InRange(deaths, 1, 3);
        var failed = Assert.Single(
            TestRun.Query($"select image, error, attempt from '{_run.Path}/masks/*.parquet' where error is not null"));
        Assert.Equal("0003.png", failed[0]);
        Assert.Contains("The process ended at this image", (string)failed[1]!, StringComparison.Ordinal);
        Assert.Equal(deaths + 1, failed[2]);
        await _run.AssertCompleteAsync(failed: 1);
    }

    [Fact]
    public async Task Work_ShardAtWhichSixHaveDied_IsGivenUpUntilSomebodySaysSo()
    {
        await _run.With(2).CreateAsync(2);
        _run.WithDeadAttempts(6);

        var (exitCode, _, error) = await TestRun.CommandAsync(["work", _run.Path, "--shard", "0"]);
        Assert.Equal(1, exitCode);
        Assert.Contains("given up: 6 attempts", error, StringComparison.Ordinal);
        var finish = await TestRun.CommandAsync(["finish", _run.Path]);
        Assert.Equal(1, finish.ExitCode);
        Assert.Contains("Given up: 0", finish.Error, StringComparison.Ordinal);

        Assert.Equal(0, (await TestRun.CommandAsync(["work", _run.Path, "--shard", "0", "--again"])).ExitCode);
        await _run.AssertCompleteAsync();
    }
}
