using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Runs.Hangfire;
using MaskGen.ML.Runs.Tool;

namespace MaskGen.ML.Runs.Fleet;

/// <summary><c>maskgen run work --queue</c>: does the shards that the queue gives.</summary>
internal static class QueueWorkCommand
{
    public static Command Create(Terminal terminal, UserEnvironment environment)
    {
        var queued = new Option<bool>("--queue") { Description = "Take shards from the queue; always so here" };
        var untilDone = new Option<bool>("--until-done")
        {
            Description = "End when nothing of the run is left to do, rather than wait for more",
        };
        var (run, worker) = (RunArgument.Existing(), new WorkerOptions());
        var command = new Command(
            "work",
            "Does the shards of a run that the queue gives, one after the other, until it is told to end. Exit codes: 0 all are done "
            + "(--until-done), 1 all others were given up, 75 try again, 78 the run does not fit this program. " + QueueConnection.Help)
        {
            run, queued, untilDone,
        };
        worker.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = worker.Read(parsed, terminal, environment);
            using var opened = await WorkerOptions.OpenAsync(parsed.GetValue(run)!, options, cancellationToken);

            // Before anything is asked of the database: a worker that does not fit leaves it alone.
            await opened.PrepareAsync(cancellationToken);
            using var queue = await QueueConnection.OpenAsync(
                terminal, environment, worker.IsVerbose(parsed), null, cancellationToken);
            var end = await queue.WorkAsync(opened, parsed.GetValue(untilDone), cancellationToken);
            terminal.Say(end switch
            {
                MaskRunQueueEnd.Done => "All shards are done.",
                MaskRunQueueEnd.GivenUp => "All shards are done or were given up; 'maskgen run status' names these.",
                _ => "Shards are missing and none of them is in the queue; 'maskgen run submit' puts them there.",
            });
            return end switch
            {
                MaskRunQueueEnd.Done => ExitCodes.Done,
                MaskRunQueueEnd.GivenUp => ExitCodes.Failure,
                _ => RunExitCodes.TryAgain,
            };
        });
        return command;
    }
}
