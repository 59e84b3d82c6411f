using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;

namespace MaskGen.ML.Cli.Options;

/// <summary>Parses arguments and runs the command that they name, the same way in every program of ours.</summary>
internal static class CommandInvocation
{
    /// <summary>Runs a command; says what is wrong with arguments that cannot be parsed.</summary>
    /// <param name="root">The command, with those below it.</param>
    /// <param name="args">The arguments.</param>
    /// <param name="terminal">Receives results and messages.</param>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <returns>The exit code; what the command throws goes on to the caller.</returns>
    public static async Task<int> RunAsync(Command root, string[] args, Terminal terminal, CancellationToken cancellationToken)
    {
        // An image may be called @1.png: nothing here is a file of further arguments.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
            {
                terminal.Fail(problem.Message);
            }

            return ExitCodes.Usage;
        }

        // No handling of errors and signals but ours.
        var configuration = new InvocationConfiguration
        {
            Output = terminal.Output.Profile.Out.Writer,
            Error = terminal.Error.Profile.Out.Writer,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return await parsed.InvokeAsync(configuration, cancellationToken);
    }
}
