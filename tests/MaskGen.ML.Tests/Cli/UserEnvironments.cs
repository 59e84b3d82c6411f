using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Tests.Cli;

/// <summary>People who run the command line.</summary>
internal static class UserEnvironments
{
    /// <summary>A script: no variables, no settings, no keyboard, no network.</summary>
    public static UserEnvironment Script { get; } = new()
    {
        Variable = _ => null, SettingsPath = null, Input = TextReader.Null, HasKeyboard = false, CanReach = _ => false,
    };

    /// <summary>Somebody at a keyboard with a network, who types these lines.</summary>
    public static UserEnvironment Person(string settingsPath, string typed, IReadOnlyDictionary<string, string>? variables = null) => new()
    {
        Variable = name => variables?.GetValueOrDefault(name),
        SettingsPath = settingsPath,
        Input = new StringReader(typed),
        HasKeyboard = true,
        CanReach = _ => true,
    };
}
