using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Runs.Tool;

namespace MaskGen.ML.Runs.Fleet;

/// <summary><c>maskgen run submit</c>: puts what is missing of a run into the queue.</summary>
internal static class SubmitCommand
{
    // The database writes each shard to disk.
    private const int Connections = 8;
    private const int ShardsPerLine = 1000;

    public static Command Create(Terminal terminal, UserEnvironment environment)
    {
        var run = RunArgument.Existing();
        var again = new Option<bool>("--again")
        {
            Description = $"Also shards that were given up because {ShardAttempts.Most} attempts died at them",
        };
        var command = new Command(
            "submit",
            "Puts the shards of a run into the queue that are not done and not in it; can be repeated, also with a new database. "
            + QueueConnection.Help)
        {
            run, again,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var opened = await MaskRun.OpenAsync(MaskRunStore.Open(parsed.GetValue(run)!), null, cancellationToken);
            using var queue = await QueueConnection.OpenAsync(terminal, environment, false, Connections, cancellationToken);
            var submission = await queue.SubmitAsync(opened, parsed.GetValue(again), new Lines(terminal), cancellationToken);
            terminal.Write(
                $"{opened.Store}: run {opened.Id[..16]}: {submission.SubmittedShardCount} of {opened.ShardCount} "
                + $"{(opened.ShardCount == 1 ? "shard" : "shards")} submitted; {submission.DoneShardCount} done, "
                + $"{submission.QueuedShardCount} in the queue before"
                + (submission.GivenUpShardCount > 0
                    ? $", {submission.GivenUpShardCount} given up; --again tries these again"
                    : string.Empty));
            return ExitCodes.Done;
        });
        return command;
    }

    private sealed class Lines(Terminal terminal) : IProgress<int>
    {
        public void Report(int value)
        {
            if (value % ShardsPerLine == 0)
            {
                terminal.Say($"{value} shards submitted");
            }
        }
    }
}
