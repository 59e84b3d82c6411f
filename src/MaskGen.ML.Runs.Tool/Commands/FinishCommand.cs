using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;

namespace MaskGen.ML.Runs.Tool;

/// <summary><c>maskgen run finish</c>: checks that everything is there.</summary>
internal static class FinishCommand
{
    public static Command Create(Terminal terminal)
    {
        var run = RunArgument.Existing();
        var command = new Command(
            "finish",
            "Checks that everything is there and writes _SUCCESS. Exit codes: 0 done, 1 done and images failed, or shards were given up, "
            + "75 shards are missing")
        {
            run,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var opened = await MaskRun.OpenAsync(MaskRunStore.Open(parsed.GetValue(run)!), null, cancellationToken);
            var status = await opened.FinishAsync(cancellationToken);
            if (!status.IsFinished)
            {
                var missing = status.ShardCount - status.DoneShardCount;
                terminal.Fail(
                    $"{opened.Store}: expected {status.ShardCount} shards, found {status.DoneShardCount}; missing are "
                    + $"{StatusCommand.Name(opened.MissingShards)}."
                    + (status.GivenUpShards.Count > 0
                        ? $" Given up: {StatusCommand.Name(status.GivenUpShards)}; 'maskgen run work --shard I --again' tries again."
                        : string.Empty));
                return status.GivenUpShards.Count >= missing ? ExitCodes.Failure : RunExitCodes.TryAgain;
            }

            terminal.Write(
                $"{opened.Store}: {status.DoneImageCount} images, {status.FailedImageCount} of them failed, {status.MaskCount} masks in "
                + $"{status.DoneShardCount} files, {status.RowCount} rows");
            return status.FailedImageCount == 0 ? ExitCodes.Done : ExitCodes.Failure;
        });
        return command;
    }
}
