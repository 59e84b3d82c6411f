using System.CommandLine;

namespace MaskGen.ML.Cli;

/// <summary>Errors of the library's options under the names that were typed.</summary>
internal static class OptionErrors
{
    /// <summary>The error of a value that came from an option.</summary>
    public static ArgumentException Of(Option option, ArgumentOutOfRangeException error) =>
        new($"{option.Name}: {error.Message.Split(" (Parameter")[0]} Found {error.ActualValue}.", error);
}
