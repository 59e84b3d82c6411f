namespace MaskGen.ML.Runs.Tests;

/// <summary>Workers by a queue that are killed again and again: in the end every image is there once.</summary>
public sealed class FleetKillTests : IDisposable
{
    private const int Kills = 20;
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task Work_KilledTwentyTimes_EndsWithEveryImageOnce()
    {
        await using var database = await FleetDatabase.CreateAsync();
        await _run.With(100).CreateAsync(2);
        await database.SubmitAsync(_run.Path);
        var random = new Random(20);
        var workers = new[] { FleetWorkers.Start(_run, database), FleetWorkers.Start(_run, database) };
        for (var i = 0; i < Kills; i++)
        {
            var victim = workers[i % 2];
            for (var lines = random.Next(1, 9); lines > 0 && await victim.LineAsync() is not null; lines--)
            {
            }

            victim.Signal(WorkerProgram.Kill);
            await victim.EndAsync();
            victim.Dispose();
            workers[i % 2] = FleetWorkers.Start(_run, database);
        }

        var ends = await Task.WhenAll(workers.Select(worker => worker.EndAsync()));

        // A shard that many kills have hit by chance was given up.
        Assert.All(ends, end => Assert.True(end.ExitCode is 0 or 1, end.Error));
        if (ends.Any(end => end.ExitCode == 1))
        {
            await database.SubmitAsync(_run.Path, again: true);
            await FleetWorkers.EndAsync(FleetWorkers.Start(_run, database));
        }

        await _run.AssertCompleteAsync(failed: null);
    }
}
