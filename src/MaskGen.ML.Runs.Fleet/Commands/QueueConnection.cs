using System.Globalization;
using Hangfire.Logging;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Runs.Hangfire;
using MaskGen.ML.Runs.Tool;

namespace MaskGen.ML.Runs.Fleet;

/// <summary>The queue that <c>MASKGEN_QUEUE</c> names. Not an option: a list of processes would show the password.</summary>
internal static class QueueConnection
{
    private const string Variable = "MASKGEN_QUEUE";

    /// <summary>What help says of it.</summary>
    public const string Help = $"{Variable} holds the connection string of the database: Host=...;Database=...;Username=...;Password=...";

    /// <summary>Connects.</summary>
    /// <param name="terminal">Hears what the queue says.</param>
    /// <param name="environment">Has the variable.</param>
    /// <param name="isVerbose">Whether it says more than warnings.</param>
    /// <param name="connections">Most connections; null for as many as a worker has.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="ArgumentException">The variable is not there, or holds something else.</exception>
    /// <exception cref="IOException">The database cannot be reached.</exception>
    public static async Task<MaskRunQueue> OpenAsync(
        Terminal terminal, UserEnvironment environment, bool isVerbose, int? connections, CancellationToken cancellationToken)
    {
        var address = environment.Variable(Variable)
            ?? throw new ArgumentException($"{Variable}: expected the connection string of the queue's database, found nothing. {Help}");
        LogProvider.SetCurrentLogProvider(new HangfireLog(terminal));
        var options = Times(environment) with
        {
            Worker = environment.Variable("MASKGEN_WORKER"),
            Logger = new TerminalLogger(terminal, isVerbose),
        };
        if (connections is { } most)
        {
            options = options with { MaximumPoolSize = most };
        }

        try
        {
            return await MaskRunQueue.OpenAsync(address, options, cancellationToken);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{Variable}: {Terminal.Message(e)}", e);
        }
    }

    private static MaskRunQueueOptions Times(UserEnvironment environment)
    {
        var options = new MaskRunQueueOptions();
        if (environment.Variable(TestHooks.SecondsVariable) is not { } text)
        {
            return options;
        }

        var seconds = text.Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return options with
        {
            InvisibilityTimeout = TimeSpan.FromSeconds(seconds[0]),
            ShutdownTimeout = TimeSpan.FromSeconds(seconds[0] / 2),
            LockTimeout = TimeSpan.FromSeconds(seconds[1]),
            PollInterval = TimeSpan.FromSeconds(seconds[2]),
            RetrySeconds = [0],
        };
    }
}
