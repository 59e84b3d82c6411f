using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Options;

namespace MaskGen.ML.Runs.Tool;

/// <summary><c>maskgen run retry</c>: makes a run of the images that failed.</summary>
internal static class RetryCommand
{
    public static Command Create(Terminal terminal)
    {
        var (run, other) = (RunArgument.Existing(), RunArgument.New());
        var shardImages = NumberOptions.Whole("--shard-images", "Images of a shard [default: as many as take ten minutes]", "N", "500");
        var command = new Command("retry", "Makes a new run, with the same model and options, of the images that failed in one")
        {
            run, other, shardImages,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new MaskRunOptions { ShardImages = parsed.GetValue(shardImages) };
            using var opened = await MaskRun.OpenAsync(MaskRunStore.Open(parsed.GetValue(run)!), options, cancellationToken);
            using var made = await opened.RetryAsync(MaskRunStore.Open(parsed.GetValue(other)!), cancellationToken);
            if (made is null)
            {
                terminal.Write($"{opened.Store}: no image has failed.");
                return ExitCodes.Done;
            }

            terminal.Write(
                $"{made.Store}: run {made.Id[..16]}: {made.ImageCount} {(made.ImageCount == 1 ? "image" : "images")} in {made.ShardCount} "
                + $"{(made.ShardCount == 1 ? "shard" : "shards")}");
            return ExitCodes.Done;
        });
        return command;
    }
}
