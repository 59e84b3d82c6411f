using System.CommandLine;

namespace MaskGen.ML.Cli.Options;

/// <summary>Brings what people type to the form that is parsed: nothing asks for help, and an image alone means
/// <c>everything</c>.</summary>
internal static class TypedArguments
{
    /// <summary>The short name of <c>--help</c>.</summary>
    public const string ShortHelp = "-h";

    private const string Everything = "everything";
    private const string Asking = "help";
    private const string Help = "--help";

    // What other programs take, on Windows above all; nobody is told of these.
    private static readonly string[] OtherHelp = ["-?", "/?"];

    /// <summary>A first word that is no command and no image, but may be the name of a tool; <c>help WORD</c> asks that tool.</summary>
    /// <param name="args">As they were typed.</param>
    /// <param name="root">Knows the commands.</param>
    /// <returns>The word, and the arguments after it; null for anything else.</returns>
    public static (string Word, string[] Arguments)? OtherWord(string[] args, RootCommand root) => args switch
    {
        [Asking, var word, .. var rest] when IsOtherWord(word, root) => (word, [.. rest, Help]),
        [var word, .. var rest] when word != Asking && IsOtherWord(word, root) => (word, rest),
        _ => null,
    };

    /// <summary>Completes the arguments.</summary>
    /// <param name="args">As they were typed.</param>
    /// <param name="root">Knows the commands.</param>
    /// <returns>The arguments to parse, and what is wrong with them, if anything is.</returns>
    public static (string[] Args, string? Problem) Complete(string[] args, RootCommand root)
    {
        if (args.Length == 0 || (args.Length == 1 && OtherHelp.Contains(args[0]) && !Path.Exists(args[0])))
        {
            return ([Help], null);
        }

        var first = args[0];
        if (first == Asking)
        {
            return ([.. args[1..], Help], UnknownOf(args[1..], root));
        }

        if (Find(root, first) is { } command)
        {
            return command.Subcommands.Count == 0 ? (args, null) : CompleteGroup(args, command);
        }

        // A directive, such as [suggest] of the shells' completion, or an option of the program itself.
        if (first.StartsWith('[') || root.Options.Any(option => option.Name == first || option.Aliases.Contains(first)))
        {
            return (args, null);
        }

        return first.StartsWith('-') || LooksLikeImage(first)
            ? ([Everything, .. args], null)
            : (args, Unknown(root, first, "a command or an image", NoTool(first, root)));
    }

    // What help is asked for that is no command, or none of a group.
    private static string? UnknownOf(string[] words, RootCommand root)
    {
        if (words.Length == 0 || words[0].StartsWith('-'))
        {
            return null;
        }

        if (Find(root, words[0]) is not { } command)
        {
            return Unknown(root, words[0], "a command", NoTool(words[0], root));
        }

        return words.Length == 1 || command.Subcommands.Count == 0 ? null : CompleteGroup(words, command).Problem;
    }

    // A word that might be a tool has been looked for by now.
    private static string NoTool(string word, RootCommand root) =>
        IsOtherWord(word, root) ? $" There is no program maskgen-{word} in PATH or among the .NET tools either." : string.Empty;

    // A group of commands by itself has nothing to do but to say what is in it.
    private static (string[] Args, string? Problem) CompleteGroup(string[] args, Command group)
    {
        if (args.Length == 1)
        {
            return ([.. args, Help], null);
        }

        var isCommand = args[1].StartsWith('-') || Find(group, args[1]) is not null;
        return (args, isCommand ? null : Unknown(group, args[1], $"a command of '{group.Name}'"));
    }

    private static string Unknown(Command group, string typed, string expected, string unlessNear = "")
    {
        var names = group.Subcommands.Select(command => command.Name).ToList();
        var more = Spelling.Question(typed, names) is { Length: > 0 } question ? question : unlessNear;
        return $"Expected {expected}, found '{typed}'.{more} Commands: {string.Join(", ", names)}.";
    }

    private static Command? Find(Command group, string name) =>
        group.Subcommands.FirstOrDefault(command => command.Name == name || command.Aliases.Contains(name));

    private static bool IsOtherWord(string word, RootCommand root) =>
        word.Length > 0
        && word[0] != '-'
        && word.All(character => char.IsAsciiLetterOrDigit(character) || character == '-')
        && Find(root, word) is null
        && !Path.Exists(word);

    private static bool LooksLikeImage(string argument) => Path.Exists(argument) || argument.IndexOfAny(['/', '\\', '*', '?', '.']) >= 0;
}
