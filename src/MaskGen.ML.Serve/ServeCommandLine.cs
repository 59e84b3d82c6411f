using MaskGen.ML.Cli;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Serve;

/// <summary>The <c>maskgen serve</c> command line: parses, runs, and turns errors into messages and exit codes as <c>maskgen</c>
/// does.</summary>
internal static class ServeCommandLine
{
    /// <summary>Runs until it is told to end.</summary>
    /// <param name="args">The arguments after <c>serve</c>.</param>
    /// <param name="terminal">Receives messages, and the address on standard output.</param>
    /// <param name="environment">What is known of the person who runs it.</param>
    /// <param name="cancellationToken">Ends the server as Ctrl-C does.</param>
    /// <returns>The exit code; see <see cref="ExitCodes"/>.</returns>
    public static Task<int> RunAsync(
        string[] args, Terminal terminal, UserEnvironment environment, CancellationToken cancellationToken) =>
        MaskGenCommandLine.GuardAsync(
            terminal,
            "Ended.",
            cancellationToken,
            () => CommandInvocation.RunAsync(ServeCommand.Create(terminal, environment), args, terminal, cancellationToken));
}
