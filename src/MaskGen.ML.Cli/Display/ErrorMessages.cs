using System.Reflection;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Cli.Display;

/// <summary>What people are told about an error: one line.</summary>
internal static partial class ErrorMessages
{
    /// <summary>What is said of a file that is not there, after its name.</summary>
    public const string NotFound = "file not found.";

    /// <summary>What is said of a path for which <see cref="IsNameLost"/>.</summary>
    public const string NameLost = "expected a name in UTF-8, found other bytes, so that it cannot be opened; rename it.";

    /// <summary>The message of any error.</summary>
    public static string Of(Exception error)
    {
        var cause = Cause(error);
        if (MissingFile(cause) is { } missing)
        {
            return $"{Shown(missing)}: {NotFound}";
        }

        var text = Terminal.Message(cause);
        return Terminal.IsExpected(cause) ? text : $"unexpected error ({cause.GetType().Name}): {text}";
    }

    /// <summary>The message of an error that an image met with; it names the image.</summary>
    /// <param name="path">The image's file.</param>
    /// <param name="size">Its size, where it could be read.</param>
    /// <param name="error">The error.</param>
    /// <param name="memoryAdvice">What to do where memory was not enough.</param>
    public static string Of(string path, ImageSize? size, Exception error, string memoryAdvice = "make the image smaller")
    {
        if (Cause(error) is OutOfMemoryException)
        {
            return size is { } known
                ? $"{path}: not enough memory for an image of {known.Width} x {known.Height} pixels; {memoryAdvice}."
                : $"{path}: not enough memory to decode the image; make it smaller.";
        }

        if (Cause(error) is FileNotFoundException or DirectoryNotFoundException && IsNameLost(path))
        {
            return $"{path}: {NameLost}";
        }

        if (MissingFile(Cause(error)) is not null && !Path.Exists(path))
        {
            return $"{path}: {NotFound}";
        }

        var text = Of(error);
        return text.Contains(path, StringComparison.Ordinal) ? text : $"{path}: {text}";
    }

    /// <summary>Whether a path cannot be opened because its bytes are not UTF-8: what takes their place is another name.</summary>
    public static bool IsNameLost(string path) => path.Contains('\uFFFD') && !Path.Exists(path);

    // Said with the words of .NET, and not with ours, which say what was expected.
    private static string? MissingFile(Exception cause) =>
        cause is FileNotFoundException or DirectoryNotFoundException && DotnetSaysMissing().Match(cause.Message) is { Success: true } said
            ? said.Groups[1].Value
            : null;

    // Below the current folder as people type it.
    private static string Shown(string file)
    {
        var typed = Path.GetRelativePath(Environment.CurrentDirectory, file);
        return typed.StartsWith("..", StringComparison.Ordinal) ? file : typed;
    }

    [GeneratedRegex(@"^Could not find (?:file|a part of the path) '(.+)'\.", RegexOptions.Singleline)]
    private static partial Regex DotnetSaysMissing();

    /// <summary>The error itself, out of what threads and reflection wrap it in.</summary>
    public static Exception Cause(Exception error) => error switch
    {
        AggregateException { InnerExceptions: [var first, ..] several } =>
            Cause(several.FirstOrDefault(one => one is not OperationCanceledException) ?? first),
        TargetInvocationException { InnerException: { } inner } => Cause(inner),
        TypeInitializationException { InnerException: { } inner } => Cause(inner),
        _ => error,
    };
}
