using System.CommandLine;
using MaskGen.ML.Cli.Commands;

namespace MaskGen.ML.Cli;

/// <summary>The <c>maskgen</c> command line: parses, runs, and turns errors into messages and exit codes.</summary>
internal static class CommandLine
{
    // A cancelled run ends with its batch and leaves nothing half-written; that takes a few seconds at most on a slow machine.
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(30);

    /// <summary>Runs one command.</summary>
    /// <param name="args">The arguments after the program's name.</param>
    /// <param name="output">Receives results.</param>
    /// <param name="error">Receives progress and messages.</param>
    /// <param name="cancellationToken">Ends the run as Ctrl-C does.</param>
    /// <returns>The exit code; see <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken = default)
    {
        var terminal = new Terminal(output, error);
        var root = new RootCommand("Finds the masks of everything in pictures, or of what points and boxes say, with SAM 2.")
        {
            EverythingCommand.Create(terminal),
            PromptCommand.Create(terminal),
            ModelsCommand.Create(terminal),
        };

        // A picture may be called @1.png: nothing here is a file of further arguments.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
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
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeToEnd,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            terminal.Say("Cancelled. Files that were finished before are whole; no others were written.");
            return ExitCodes.Cancelled;
        }
        catch (ArgumentException e)
        {
            terminal.Fail(Terminal.Message(e));
            return ExitCodes.Usage;
        }
        catch (Exception e) when (Terminal.IsExpected(e))
        {
            terminal.Fail(Terminal.Message(e));
            return ExitCodes.Failure;
        }
    }
}

/// <summary>What the program's exit codes mean.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Some pictures failed, or all: the others are written.</summary>
    public const int Failure = 1;

    /// <summary>The command line was wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>Ctrl-C, as shells report it.</summary>
    public const int Cancelled = 130;
}
