using System.Net.NetworkInformation;
using System.Net.Sockets;
using MaskGen.ML.Cli.Hosting;

namespace MaskGen.ML.Cli.Settings;

/// <summary>What the command line knows of the person who runs it: variables, a folder for settings, and whether somebody can be asked. A
/// test gives one of its own.</summary>
internal sealed record UserEnvironment
{
    // A first run waits no longer than this to find out whether there is a network at all.
    private static readonly TimeSpan NetworkPatience = TimeSpan.FromSeconds(1);

    // What continuous integration systems set; GitHub, GitLab, Azure and most others set the first.
    private static readonly string[] UnattendedVariables = ["CI", "TF_BUILD", "BUILD_ID", "TEAMCITY_VERSION"];

    /// <summary>Reads an environment variable; empty counts as not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Where settings are kept; null where the person has no folder for them.</summary>
    public required string? SettingsPath { get; init; }

    /// <summary>What the person types.</summary>
    public required TextReader Input { get; init; }

    /// <summary>Whether <see cref="Input"/> is a keyboard.</summary>
    public required bool HasKeyboard { get; init; }

    /// <summary>Whether a host answers, found out within a second.</summary>
    public required Func<Uri, bool> CanReach { get; init; }

    /// <summary>Starts another program in place of this one, by its file and arguments, and gives its exit code.</summary>
    public Func<string, IReadOnlyList<string>, int> StartProgram { get; init; } = (path, arguments) =>
        OtherProgram.Run(path, arguments, beforeWaiting: () => { });

    /// <summary>Whether a question would be read by somebody: a keyboard, and none of the signs of a script.</summary>
    public bool CanAsk => HasKeyboard && UnattendedVariables.All(name => Variable(name) is null) && Variable("TERM") != "dumb";

    /// <summary>The environment of this process.</summary>
    public static UserEnvironment OfThisProcess()
    {
        var folder = Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return new UserEnvironment
        {
            Variable = name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
            SettingsPath = folder.Length == 0 ? null : Path.Combine(folder, "maskgen", "settings.json"),
            Input = Console.In,
            HasKeyboard = !Console.IsInputRedirected,
            CanReach = CanConnect,
        };
    }

    private static bool CanConnect(Uri host)
    {
        if (!NetworkInterface.GetIsNetworkAvailable())
        {
            return false;
        }

        try
        {
            using var patience = new CancellationTokenSource(NetworkPatience);
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.ConnectAsync(host.DnsSafeHost, host.Port, patience.Token).AsTask().Wait(NetworkPatience);
            return socket.Connected;
        }
        catch (Exception e) when (e is SocketException or AggregateException or OperationCanceledException)
        {
            return false;
        }
    }
}
