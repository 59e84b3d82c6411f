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
        await _run.With(120).CreateAsync(2);
        await database.SubmitAsync(_run.Path);
        var random = new Random(20);
        var workers = new[] { FleetWorkers.Start(_run, database), FleetWorkers.Start(_run, database) };
        for (var i = 0; i < Kills; i++)
        {
            var victim = workers[i % 2];

            // Every second one ends a shard first, as workers do, and so none dies at one shard again and again. The others die at their
            // first shard: at its beginning, between its images or at its end.
            if (i / 2 % 2 == 1)
            {
                await victim.LineAsync(line => line.Contains("committed", StringComparison.Ordinal));
            }

            for (var lines = random.Next(1, 9); lines > 0 && await victim.LineAsync() is not null; lines--)
            {
            }

            victim.Signal(WorkerProgram.Kill);
            await victim.EndAsync();
            victim.Dispose();
            workers[i % 2] = FleetWorkers.Start(_run, database);
        }

        await FleetWorkers.EndAsync(workers);
        await _run.AssertCompleteAsync();
    }
}
