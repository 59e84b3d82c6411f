using System.CommandLine;

namespace MaskGen.ML.Cli.Options;

/// <summary>Brings what people type to the form that is parsed: nothing asks for help, and an image alone means
/// <c>everything</c>.</summary>
internal static class TypedArguments
{
    private const string Everything = "everything";
    private const string Asking = "help";
    private const string Help = "--help";

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
        if (args.Length == 0)
        {
            return ([Help], null);
        }

        var first = args[0];
        if (first == Asking)
        {
            return ([.. args[1..], Help], null);
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
            : (args, Unknown(root, first, "a command or an image"));
    }

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

    private static string Unknown(Command group, string typed, string expected)
    {
        var names = group.Subcommands.Select(command => command.Name).ToList();
        var meant = Spelling.Nearest(typed, names) is { } near ? $" Did you mean '{near}'?" : string.Empty;
        return $"Expected {expected}, found '{typed}'.{meant} Commands: {string.Join(", ", names)}.";
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
