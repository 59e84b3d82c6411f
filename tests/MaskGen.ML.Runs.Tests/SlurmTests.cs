namespace MaskGen.ML.Runs.Tests;

/// <summary>A run as an array job of a real Slurm, whose node fails half-way.</summary>
public sealed class SlurmTests : IDisposable
{
    private const int Tasks = 4;
    private readonly TestRun _run = new();

    public void Dispose() => _run.Dispose();

    // Slurm starts a requeued task two minutes after the failure at the earliest; the other tests run meanwhile.
    [Fact]
    public async Task Array_NodeThatFails_IsRequeuedAndEndsWithEveryImageOnce()
    {
        var variables = TestServers.Slurm;
        await _run.With(40).CreateAsync(2, "--points-per-side", "8");
        var script = _run.Script("work.sh", $"export DOTNET_ROOT='{WorkerProgram.DotnetRoot}'\n"
            + $"exec '{WorkerProgram.Path}' work '{_run.Path}' --array {Tasks} --threads 1\n");
        var job = await SlurmAsync("sbatch", "--parsable", "--requeue", $"--array=0-{Tasks - 1}", "--output", _run["log-%a"], script);

        // In the middle of it: some shards are there, and tasks run.
        await FilesAsync(_run["run/masks"], 2);
        await SlurmAsync("scontrol", "update", $"NodeName={Environment.MachineName}", "State=DOWN", "Reason=test");
        await SlurmAsync("scontrol", "update", $"NodeName={Environment.MachineName}", "State=RESUME");

        // Submitted again by somebody who did not wait: does what is missing, beside Slurm's own second attempt.
        var again = await SlurmAsync("sbatch", "--parsable", $"--array=0-{Tasks - 1}", "--output", _run["again-%a"], script);

        // Starts, and so ends, when both have ended.
        await SlurmAsync("srun", "--quiet", $"--dependency=afterany:{job}:{again}", "true");

        foreach (var task in Enumerable.Range(0, Tasks))
        {
            Assert.Contains("5 of 5 shards done", File.ReadAllText(_run[$"log-{task}"]), StringComparison.Ordinal);
        }

        await _run.AssertCompleteAsync();

        static async Task FilesAsync(string folder, int count)
        {
            var there = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var watcher = new FileSystemWatcher(folder);
            watcher.Created += (_, _) => Look();
            watcher.Renamed += (_, _) => Look();
            watcher.EnableRaisingEvents = true;
            Look();
            await there.Task.WaitAsync(TestContext.Current.CancellationToken);

            void Look()
            {
                if (Directory.GetFiles(folder).Length >= count)
                {
                    there.TrySetResult();
                }
            }
        }

        async Task<string> SlurmAsync(string program, params string[] arguments) =>
            (await SystemProgram.RunAsync(program, arguments, variables)).Trim();
    }
}
