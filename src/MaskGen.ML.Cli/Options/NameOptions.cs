using System.CommandLine;
using System.CommandLine.Parsing;

namespace MaskGen.ML.Cli.Options;

/// <summary>Options that take one of a few names, whatever their case.</summary>
internal static class NameOptions
{
    /// <summary>An option that may be left out; its value is then null.</summary>
    /// <param name="name">Name of the option.</param>
    /// <param name="description">What it is for, with what applies where it is left out.</param>
    /// <param name="choices">What can be typed, and what that means.</param>
    public static Option<Choice<T>?> OneOf<T>(string name, string description, params (string Name, T Value)[] choices)
    {
        var option = new Option<Choice<T>?>(name)
        {
            Description = description,
            HelpName = string.Join('|', choices.Select(choice => choice.Name)),
            CustomParser = argument => Parse(argument, name, choices),
        };
        option.CompletionSources.Add([.. choices.Select(choice => choice.Name)]);
        return option;
    }

    private static Choice<T>? Parse<T>(ArgumentResult argument, string option, (string Name, T Value)[] choices)
    {
        var text = argument.Tokens[0].Value;
        foreach (var (name, value) in choices)
        {
            if (string.Equals(name, text, StringComparison.OrdinalIgnoreCase))
            {
                return new Choice<T>(value);
            }
        }

        string[] names = [.. choices.Select(choice => choice.Name)];
        argument.AddError($"{option}: expected {string.Join(" or ", names)}, found '{text}'.{Spelling.Question(text, names)}");
        return null;
    }

    /// <summary>What was typed: a class, so that what was not typed is null.</summary>
    public sealed record Choice<T>(T Value);
}
