using System.CommandLine;

namespace MaskGen.ML.Cli.Options;

/// <summary>Errors of the library's options under the names that were typed.</summary>
internal static class OptionErrors
{
    /// <summary>The error of a value that came from an option, which the library's message does not tell.</summary>
    public static ArgumentException Of(Option option, ArgumentOutOfRangeException error) =>
        new(FormattableString.Invariant($"{option.Name}: {Problem(error).TrimEnd('.')}, found {error.ActualValue}."), error);

    /// <summary>The error of an option whose message tells what was found.</summary>
    public static ArgumentException Of(Option option, ArgumentException error) => new($"{option.Name}: {Problem(error)}", error);

    // The library says "Expected 0 to 1. (Parameter 'x')", of a name that nobody has typed.
    private static string Problem(ArgumentException error)
    {
        var problem = error.Message.Split(" (Parameter")[0];
        return char.ToLowerInvariant(problem[0]) + problem[1..];
    }
}
