using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace MaskGen.ML.Cli.Options;

/// <summary>Options that take a number. All read it in one way: digits, a point for decimals, no thousands separators, nothing that is not
/// finite. Ranges are the library's to check, see <see cref="OptionErrors"/>.</summary>
internal static class NumberOptions
{
    private const string WholeNumber = "a whole number";

    /// <summary>A whole number.</summary>
    public static Option<int> Whole(string name, string description, int value) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => value,
        CustomParser = argument =>
            Parse<int>(argument, NumberStyles.AllowLeadingSign, WholeNumber, value.ToString(CultureInfo.InvariantCulture)) ?? value,
    };

    /// <summary>A whole number that may be left out.</summary>
    public static Option<int?> Whole(string name, string description, string helpName, string example) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = argument => Parse<int>(argument, NumberStyles.AllowLeadingSign, WholeNumber, example),
    };

    /// <summary>A decimal number that may be left out.</summary>
    /// <param name="name">Name of the option.</param>
    /// <param name="description">What it is for, with what applies where it is left out.</param>
    /// <param name="helpName">Stands for its values in the help.</param>
    /// <param name="expected">What values it takes, such as "a number from 0 to 1".</param>
    /// <param name="example">One of them.</param>
    public static Option<float?> Decimal(string name, string description, string helpName, string expected, string example) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = argument => Parse<float>(argument, NumberStyles.Float, expected, example),
    };

    /// <summary>Reads a number.</summary>
    public static bool TryParse<T>(ReadOnlySpan<char> text, NumberStyles styles, out T value)
        where T : struct, INumber<T> =>
        T.TryParse(text, styles, CultureInfo.InvariantCulture, out value!) && T.IsFinite(value);

    private static T? Parse<T>(ArgumentResult argument, NumberStyles styles, string expected, string example)
        where T : struct, INumber<T>
    {
        var text = argument.Tokens[0].Value;
        if (TryParse(text, styles, out T value))
        {
            return value;
        }

        argument.AddError($"{((OptionResult)argument.Parent!).Option.Name}: expected {expected} such as {example}, found '{text}'.");
        return null;
    }
}
