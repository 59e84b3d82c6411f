using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Runs.Tool;

namespace MaskGen.ML.Runs.Fleet;

/// <summary>The command line of <c>maskgen-fleet</c>: parses, runs, and turns errors into messages and exit codes as <c>maskgen run</c>
/// does.</summary>
internal static class FleetCommandLine
{
    /// <summary>Runs one command.</summary>
    /// <param name="args">The arguments after <c>maskgen run</c>.</param>
    /// <param name="terminal">Receives results and messages.</param>
    /// <param name="environment">What is known of the person or engine that runs it.</param>
    /// <param name="cancellationToken">Ends it as SIGTERM does.</param>
    /// <returns>The exit code; see <see cref="RunExitCodes"/>.</returns>
    public static Task<int> RunAsync(
        string[] args, Terminal terminal, UserEnvironment environment, CancellationToken cancellationToken = default) =>
        RunCommandLine.GuardAsync(args, terminal, cancellationToken, () =>
        {
            var root = new RootCommand("Carries runs of 'maskgen run' over a queue in PostgreSQL, and shows them.")
            {
                SubmitCommand.Create(terminal, environment),
                QueueWorkCommand.Create(terminal, environment),
                BoardCommand.Create(terminal, environment),
            };
            return CommandInvocation.RunAsync(root, args.Length == 0 ? ["--help"] : args, terminal, cancellationToken);
        });
}
