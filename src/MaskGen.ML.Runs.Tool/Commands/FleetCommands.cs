using System.CommandLine;
using MaskGen.ML.Cli.Commands;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Hosting;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Runs.Tool;

/// <summary>The commands that <c>maskgen-fleet</c> has: those that need a queue. It is a program of its own because of what it is made of,
/// and because of that program's licence (LGPL).</summary>
internal static class FleetCommands
{
    private const string Tool = "fleet";
    private const string Package = "maskgen-fleet";
    private const string Queue = "--queue";
    private const string Work = "work";

    private static readonly (string Name, string Purpose)[] Commands =
    [
        ("submit", "Puts the shards of a run into the queue"),
        ("serve", "Shows how far runs are, and the queue's dashboard, on a page"),
    ];

    /// <summary>They as they stand in the help.</summary>
    public static IEnumerable<Command> Create() =>
        Commands.Select(command => new Command(command.Name, $"{command.Purpose} ({Package})"));

    /// <summary>The option of <c>work</c> that makes it one of them; for the help.</summary>
    public static Option<bool> QueueOption() => new(Queue)
    {
        Description = $"Take shards from the queue that 'submit' fills ({Package}; '{Work} {Queue} --help' says more)",
    };

    /// <summary>Whether somebody has typed one of them.</summary>
    public static bool Is(string[] args) =>
        args.Length > 0 && (Commands.Any(command => command.Name == args[0]) || (args[0] == Work && args.Contains(Queue)));

    /// <summary>Starts the program.</summary>
    /// <returns>The exit code, where this process stays.</returns>
    public static int Start(string[] args, Terminal terminal, UserEnvironment environment)
    {
        if (ExternalTools.Find(Tool, environment) is { } program)
        {
            return environment.StartProgram(program, args);
        }

        var typed = args[0] == Work ? $"{Work} {Queue}" : args[0];
        terminal.Fail(
            $"'maskgen run {typed}' is a command of the tool {Package}, which is not installed. To install it: "
            + $"dotnet tool install --global {Package}");
        return ExitCodes.Usage;
    }
}
