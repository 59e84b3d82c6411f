using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Options;
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
        var verbose = new Option<bool>("--verbose", "-v") { Description = "A line for each image" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Nothing but errors" };
        var device = new DeviceOptions();
        var (run, shards) = (RunArgument.Existing(), new ShardChoice());
        var command = new Command(
            "work",
            "Does shards of a run, those that are done excepted. Exit codes: 0 all of them are committed, 1 one was given up, "
            + "75 try again, 78 the run does not fit this program")
        {
            run,
        };
        shards.AddTo(command);
        device.AddTo(command);
        command.Add(again);
        command.Add(verbose);
        command.Add(quiet);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            terminal.IsQuiet = parsed.GetValue(quiet);
            var options = new MaskRunOptions
            {
                Session = device.Session(parsed),
                Worker = environment.Variable("MASKGEN_WORKER"),
                Logger = new TerminalLogger(terminal, parsed.GetValue(verbose)),
            };
            using var work = await OpenAsync(parsed.GetValue(run)!, options, cancellationToken);
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

    // A folder that is not mounted yet looks like one without a run: an engine does well to try again.
    private static async Task<MaskRun> OpenAsync(string address, MaskRunOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await MaskRun.OpenAsync(MaskRunStore.Open(address), options, cancellationToken);
        }
        catch (FileNotFoundException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
