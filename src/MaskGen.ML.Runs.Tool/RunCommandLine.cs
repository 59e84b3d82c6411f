using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Runs.Tool;

/// <summary>The <c>maskgen run</c> command line: parses, runs, and turns errors into messages and exit codes.</summary>
internal static class RunCommandLine
{
    /// <summary>Runs one command.</summary>
    /// <param name="args">The arguments after <c>maskgen run</c>.</param>
    /// <param name="output">Receives results.</param>
    /// <param name="error">Receives progress and messages.</param>
    /// <param name="environment">What is known of the person or engine that runs it.</param>
    /// <param name="cancellationToken">Ends it as SIGTERM does.</param>
    /// <returns>The exit code; see <see cref="RunExitCodes"/>.</returns>
    public static async Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, UserEnvironment environment, CancellationToken cancellationToken = default)
    {
        var terminal = new Terminal(output, error);
        return await GuardAsync(args, terminal, cancellationToken, async () =>
        {
            var root = Root(terminal, environment);
            if (FleetCommands.Is(args))
            {
                return FleetCommands.Start(args, terminal, environment);
            }

            if (Mistake(args, root) is { } mistake)
            {
                terminal.Fail(mistake);
                return ExitCodes.Usage;
            }

            return await CommandInvocation.RunAsync(root, Complete(args), terminal, cancellationToken);
        });
    }

    /// <summary>Runs a command of these programs, and turns errors into messages and exit codes.</summary>
    /// <param name="args">The arguments, of which the first names the command.</param>
    /// <param name="terminal">Receives messages.</param>
    /// <param name="cancellationToken">What ends the command.</param>
    /// <param name="run">Runs it.</param>
    /// <returns>The exit code; see <see cref="RunExitCodes"/>. A failure where the results could not be written.</returns>
    public static async Task<int> GuardAsync(
        string[] args, Terminal terminal, CancellationToken cancellationToken, Func<Task<int>> run)
    {
        try
        {
            var exitCode = await run();
            return terminal.OutputFailure is null || exitCode != ExitCodes.Done ? exitCode : ExitCodes.Failure;
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && ErrorMessages.Cause(e) is OperationCanceledException)
        {
            terminal.Say(args.FirstOrDefault() switch
            {
                "work" => "Cancelled. Shards that were committed before stay; the one in hand was given back.",
                "submit" => "Cancelled. What was submitted stays in the queue; submitting again does the rest.",
                _ => "Cancelled.",
            });
            return ExitCodes.Cancelled;
        }
        catch (Exception e)
        {
            terminal.Fail(ErrorMessages.Of(e));
            return RunExitCodes.Of(ErrorMessages.Cause(e));
        }
    }

    private static RootCommand Root(Terminal terminal, UserEnvironment environment)
    {
        var root = new RootCommand("Finds the masks of very many images, with any number of processes on any number of machines.")
        {
            CreateCommand.Create(terminal, environment),
            WorkCommand.Create(terminal, environment),
            StatusCommand.Create(terminal),
            RetryCommand.Create(terminal),
            FinishCommand.Create(terminal),
        };
        foreach (var command in FleetCommands.Create())
        {
            root.Add(command);
        }

        return root;
    }

    private static string[] Complete(string[] args) => args switch
    {
        [] => ["--help"],
        ["help", .. var rest] => [.. rest, "--help"],
        _ => args,
    };

    private static string? Mistake(string[] args, RootCommand root)
    {
        var names = root.Subcommands.Select(command => command.Name).ToList();
        if (args is [] or ["help", ..] || args[0].StartsWith('-') || args[0].StartsWith('[') || names.Contains(args[0]))
        {
            return null;
        }

        var meant = Spelling.Nearest(args[0], names) is { } near ? $" Did you mean '{near}'?" : string.Empty;
        return $"Expected a command of 'maskgen run', found '{args[0]}'.{meant} Commands: {string.Join(", ", names)}.";
    }
}
