using System.Globalization;

namespace MaskGen.ML.Cli.Display;

/// <summary>Numbers of things in messages: <c>1 mask</c>, <c>2 masks</c>.</summary>
internal static class Counted
{
    /// <summary>A number with its noun.</summary>
    /// <param name="count">The number.</param>
    /// <param name="noun">The noun in the singular, whose plural ends in s.</param>
    public static string Of(long count, string noun) => Of(count, noun, noun + "s");

    /// <summary>A number with its noun, or with any other words that depend on it.</summary>
    /// <param name="count">The number.</param>
    /// <param name="one">What follows 1.</param>
    /// <param name="others">What follows any other number.</param>
    public static string Of(long count, string one, string others) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : others)}");
}
