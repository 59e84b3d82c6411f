using System.CommandLine;
using System.CommandLine.Parsing;
using MaskGen.ML.Models;

namespace MaskGen.ML.Cli.Options;

/// <summary>Finds, before anything is computed, names of images that cannot be any.</summary>
internal static class ImageArguments
{
    /// <summary>Adds an error for every value of an argument or an option that cannot be an image.</summary>
    public static void Validate(SymbolResult result) => Validate(result, "image");

    /// <summary>Adds an error for every value that cannot be a file.</summary>
    /// <param name="result">The values.</param>
    /// <param name="what">What the file is, for messages.</param>
    public static void Validate(SymbolResult result, string what)
    {
        foreach (var token in result.Tokens)
        {
            if (Problem(token.Value, result, what) is { } problem)
            {
                result.AddError(problem);
            }
        }
    }

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

    private static IList<Option> Options(SymbolResult result)
    {
        var command = result;
        while (command is not (null or CommandResult))
        {
            command = command.Parent;
        }

        return (command as CommandResult)?.Command.Options ?? [];
    }

    // "https" of https://example.org/a.jpg; a letter alone is a drive of Windows.
    private static string? Scheme(string name) =>
        name.IndexOf("://", StringComparison.Ordinal) is > 1 and var end && Uri.CheckSchemeName(name[..end])
            ? name[..end].ToLowerInvariant()
            : null;
}
