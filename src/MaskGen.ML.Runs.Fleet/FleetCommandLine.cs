using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
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
    public static async Task<int> RunAsync(
        string[] args, Terminal terminal, UserEnvironment environment, CancellationToken cancellationToken = default)
    {
        try
        {
            var root = new RootCommand("Carries runs of 'maskgen run' over a queue in PostgreSQL, and shows them.")
            {
                SubmitCommand.Create(terminal, environment),
                QueueWorkCommand.Create(terminal, environment),
                BoardCommand.Create(terminal, environment),
            };
            var parsed = root.Parse(
                args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0)
            {
                foreach (var problem in parsed.Errors)
                {
                    terminal.Fail(problem.Message);
                }

                return ExitCodes.Usage;
            }

            var configuration = new InvocationConfiguration
            {
                Output = terminal.Output.Profile.Out.Writer,
                Error = terminal.Error.Profile.Out.Writer,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && ErrorMessages.Cause(e) is OperationCanceledException)
        {
            terminal.Say("Ended. What was committed before stays; a shard in hand was given back.");
            return ExitCodes.Cancelled;
        }
        catch (Exception e)
        {
            terminal.Fail(ErrorMessages.Of(e));
            return RunExitCodes.Of(ErrorMessages.Cause(e));
        }
    }
}
