using System.CommandLine;
using System.CommandLine.Parsing;
using MaskGen.ML.Models;
using MaskGen.ML.Results;

namespace MaskGen.ML.Cli.Options;

/// <summary>Finds, before anything is computed, names of images or of other files that cannot be any.</summary>
internal static class ImageArguments
{
    /// <summary>Adds an error for every value of an argument or an option that cannot be an image.</summary>
    public static void Validate(SymbolResult result) => Validate(result, "image");

    /// <summary>Adds an error for every value that cannot be a file.</summary>
    /// <param name="result">The values.</param>
    /// <param name="what">What the file is, for messages.</param>
    public static void Validate(SymbolResult result, string what)
    {
        var words = result is ArgumentResult ? FormatWords(result) : [];
        if (words.Count > 0)
        {
            result.AddError(StrayFormats(words, result));
        }

        foreach (var token in result.Tokens.Where(token => !words.Contains(token.Value)))
        {
            if (Problem(token.Value, result, what) is { } problem)
            {
                result.AddError(problem);
            }
        }
    }

    /// <summary>Words among the files of a command that are names of formats, as <c>--format json overlay</c> and
    /// <c>--format json, overlay</c> leave them.</summary>
    /// <param name="result">Of the command, or of anything in it.</param>
    public static IReadOnlyList<string> FormatWords(SymbolResult result) => CommandOf(result) is not { } command
        ? []
        : [.. command.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value)
            .Where(word => !Path.Exists(word) && Formats(word).Length > 0
                && Array.TrueForAll(Formats(word), name => ResultFormats.Find(name) is not null))];

    private static string StrayFormats(IReadOnlyList<string> words, SymbolResult result)
    {
        // Together with what --format was given, in the order of typing.
        var typed = CommandOf(result)!.Children.OfType<OptionResult>()
            .Where(option => option.Option.Name == OutputOptions.Format)
            .SelectMany(option => option.Tokens)
            .SelectMany(token => Formats(token.Value));
        var together = string.Join(',', typed.Concat(words.SelectMany(Formats)).Distinct(StringComparer.OrdinalIgnoreCase));
        return $"{words[0]}: expected a file, found the name of a format; formats follow each other after commas, without spaces: "
            + $"{OutputOptions.Format} {together}";
    }

    private static string[] Formats(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? Problem(string name, SymbolResult result, string what)
    {
        var it = what == "image" ? "the image" : "it";

        // What is there is meant as it is, whatever it is called.
        if (Path.Exists(name))
        {
            return null;
        }

        if (name == "-")
        {
            return $"-: {what}s are not read from standard input; save {it} to a file first.";
        }

        // Any number of images may follow, so that a misspelt option would be taken for one.
        if (name.StartsWith('-'))
        {
            var meant = Spelling.Nearest(name, Options(result).Select(option => option.Name));
            return $"Unrecognized option '{name}'{(meant is null ? "." : $"; did you mean {meant}?")}";
        }

        return Scheme(name) switch
        {
            null => null,
            "file" => $"{name}: expected a path, found an address; give the path of the file.",
            _ => $"{HubText.WithoutCredentials(name)}: expected a file, found an address; download {it} first.",
        };
    }

    private static IList<Option> Options(SymbolResult result) => CommandOf(result)?.Command.Options ?? [];

    private static CommandResult? CommandOf(SymbolResult result)
    {
        SymbolResult? command = result;
        while (command is not (null or CommandResult))
        {
            command = command.Parent;
        }

        return command as CommandResult;
    }

    // "https" of https://example.org/a.jpg; a letter alone is a drive of Windows.
    private static string? Scheme(string name) =>
        name.IndexOf("://", StringComparison.Ordinal) is > 1 and var end && Uri.CheckSchemeName(name[..end])
            ? name[..end].ToLowerInvariant()
            : null;
}
