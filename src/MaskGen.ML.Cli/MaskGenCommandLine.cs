using System.CommandLine;
using System.CommandLine.Help;
using MaskGen.ML.Cli.Commands;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Cli;

/// <summary>The <c>maskgen</c> command line: parses, runs, and turns errors into messages and exit codes.</summary>
internal static class MaskGenCommandLine
{
    /// <summary>Runs one command.</summary>
    /// <param name="args">The arguments after the program's name.</param>
    /// <param name="output">Receives results.</param>
    /// <param name="error">Receives progress and messages.</param>
    /// <param name="cancellationToken">Ends the run as Ctrl-C does.</param>
    /// <param name="environment">What is known of the person who runs it; null for that of this process.</param>
    /// <returns>The exit code; see <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default,
        UserEnvironment? environment = null)
    {
        var terminal = new Terminal(output, error);
        var exitCode = await RunAsync(args, terminal, environment ?? UserEnvironment.OfThisProcess(), cancellationToken);
        if (terminal.OutputFailure is not { } failure)
        {
            return exitCode;
        }

        terminal.Fail($"standard output cannot be written: {failure}");
        return exitCode == ExitCodes.Done ? ExitCodes.Failure : exitCode;
    }

    /// <summary>Runs something, and turns errors into messages and exit codes.</summary>
    /// <param name="terminal">Receives messages.</param>
    /// <param name="whenCancelled">What is said when the run was cancelled.</param>
    /// <param name="cancellationToken">What cancels the run.</param>
    /// <param name="run">Gives the exit code.</param>
    /// <returns>The exit code; see <see cref="ExitCodes"/>.</returns>
    public static async Task<int> GuardAsync(
        Terminal terminal, string whenCancelled, CancellationToken cancellationToken, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception e) when (cancellationToken.IsCancellationRequested && ErrorMessages.Cause(e) is OperationCanceledException)
        {
            terminal.Say(whenCancelled);
            return ExitCodes.Cancelled;
        }
        catch (ArgumentException e)
        {
            terminal.Fail(Terminal.Message(e));
            return ExitCodes.Usage;
        }
        catch (Exception e)
        {
            terminal.Fail(ErrorMessages.Of(e));
            return ExitCodes.Failure;
        }
    }

    private static Task<int> RunAsync(
        string[] args, Terminal terminal, UserEnvironment environment, CancellationToken cancellationToken) =>
        GuardAsync(
            terminal,
            "Cancelled. Files that were finished before are whole; no others were written.",
            cancellationToken,
            async () =>
            {
                var root = Root(terminal, environment);
                if (TypedArguments.OtherWord(args, root) is var (word, rest))
                {
                    if (ExternalTools.Find(word, environment) is { } program)
                    {
                        return environment.StartProgram(program, rest);
                    }

                    if (ExternalTools.HowToInstall(word, ExternalTools.Published) is { } advice)
                    {
                        terminal.Fail(advice);
                        return ExitCodes.Usage;
                    }
                }

                var (completed, mistake) = TypedArguments.Complete(args, root);
                if (mistake is not null)
                {
                    terminal.Fail(mistake);
                    return ExitCodes.Usage;
                }

                return await CommandInvocation.RunAsync(root, completed, terminal, cancellationToken);
            });

    private static RootCommand Root(Terminal terminal, UserEnvironment environment)
    {
        const string Purpose =
            "Finds the masks of everything in images, or of what points and boxes mark, with SAM 2. An image alone means 'everything'.";
        var root = new RootCommand(Purpose)
        {
            EverythingCommand.Create(terminal, environment),
            PromptCommand.Create(terminal, environment),
            ConvertCommand.Create(terminal),
            ViewCommand.Create(terminal),
            EvaluateCommand.Create(terminal),
            EncodeCommand.Create(terminal, environment),
            ModelsCommand.Create(terminal, environment),
        };

        // A question mark is a pattern of files to shells, and /h is a path.
        var help = root.Options.OfType<HelpOption>().Single();
        foreach (var alias in help.Aliases.Where(alias => alias != TypedArguments.ShortHelp).ToList())
        {
            help.Aliases.Remove(alias);
        }

        return root;
    }
}
