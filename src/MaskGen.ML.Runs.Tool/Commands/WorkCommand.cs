using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Runs.Tool;

/// <summary><c>maskgen run work</c>: does shards of a run.</summary>
internal static class WorkCommand
{
    public static Command Create(Terminal terminal, UserEnvironment environment)
    {
        var again = new Option<bool>("--again")
        {
            Description = $"Also try shards that were given up because {ShardAttempts.Most} attempts died at them",
        };
        var (run, shards, worker) = (RunArgument.Existing(), new ShardChoice(), new WorkerOptions());
        var command = new Command(
            "work",
            "Does shards of a run, those that are done excepted. Exit codes: 0 all of them are committed, 1 one was given up, "
            + "75 try again, 78 the run does not fit this program")
        {
            run,
        };
        shards.AddTo(command);
        var queue = FleetCommands.QueueOption();
        command.Add(queue);
        command.Add(again);
        worker.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(queue))
            {
                throw new ArgumentException($"Expected '{queue.Name}' as an argument of its own, found it with a value.");
            }

            var options = worker.Read(parsed, terminal, environment);
            using var work = await WorkerOptions.OpenAsync(parsed.GetValue(run)!, options, cancellationToken);
            return await WorkAsync(
                terminal, work, shards.Read(parsed, work, environment), parsed.GetValue(again), cancellationToken);
        });
        return command;
    }

    private static async Task<int> WorkAsync(
        Terminal terminal, MaskRun run, IReadOnlyList<int> shards, bool triesAgain, CancellationToken cancellationToken)
    {
        var (done, failed) = (0, 0);
        foreach (var shard in shards)
        {
            if (triesAgain)
            {
                await run.ForgetAttemptsAsync(shard, cancellationToken);
            }

            var result = await run.WorkAsync(shard, cancellationToken);
            done += result.IsDone ? 1 : 0;
            failed += result.FailedImageCount;
        }

        terminal.Say($"{done} of {shards.Count} {(shards.Count == 1 ? "shard" : "shards")} done"
            + (failed == 0 ? "." : $"; {failed} {(failed == 1 ? "image" : "images")} failed, see the column 'error'."));
        return done == shards.Count ? ExitCodes.Done : ExitCodes.Failure;
    }
}
