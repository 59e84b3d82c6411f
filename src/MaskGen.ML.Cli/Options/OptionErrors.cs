using System.CommandLine;

namespace MaskGen.ML.Cli.Options;

/// <summary>Errors of the library's options under the names that were typed.</summary>
internal static class OptionErrors
{
    /// <summary>The error of a value that came from an option.</summary>
    public static ArgumentException Of(Option option, ArgumentOutOfRangeException error)
    {
        // The library says "Expected 0 to 1."; the value is told beside it.
        var expected = error.Message.Split(" (Parameter")[0].TrimEnd('.');
        expected = char.ToLowerInvariant(expected[0]) + expected[1..];
        return new ArgumentException(FormattableString.Invariant($"{option.Name}: {expected}, found {error.ActualValue}."), error);
    }
}
