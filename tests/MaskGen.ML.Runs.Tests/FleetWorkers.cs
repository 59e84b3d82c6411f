namespace MaskGen.ML.Runs.Tests;

/// <summary>Workers by a queue, each a process.</summary>
internal static class FleetWorkers
{
    /// <summary>Starts one that works until nothing is left.</summary>
    public static WorkerProgram Start(TestRun run, FleetDatabase database, string seconds = FleetDatabase.Short, string? folder = null) =>
        WorkerProgram.StartFleet(
            ["work", run.Path, "--queue", "--until-done", "--threads", "1", "--verbose"], database.Variables(seconds, folder));

    /// <summary>Waits until they have ended well.</summary>
    public static async Task EndAsync(params WorkerProgram[] workers)
    {
        var ends = await Task.WhenAll(workers.Select(worker => worker.EndAsync()));
        foreach (var worker in workers)
        {
            worker.Dispose();
        }

        Assert.All(ends, end => Assert.True(end.ExitCode == 0, end.Error));
    }
}
