using Spectre.Console;

namespace MaskGen.ML.Cli;

/// <summary>Standard output for results, standard error for messages and progress.</summary>
internal sealed class Terminal
{
    private readonly TextWriter _error;

    public Terminal(TextWriter output, TextWriter error)
    {
        _error = error;
        Output = Create(output);
        Error = Create(error);
    }

    public IAnsiConsole Output { get; }

    public IAnsiConsole Error { get; }

    /// <summary>Whether progress can be drawn in place.</summary>
    public bool IsInteractive => Error.Profile.Out.IsTerminal && Error.Profile.Capabilities.Ansi;

    /// <summary>One line on standard error.</summary>
    public void Say(string message)
    {
        lock (_error)
        {
            try
            {
                _error.WriteLine(message);
            }
            catch (IOException)
            {
                // Nobody can be told, and the work is worth doing all the same.
            }
        }
    }

    /// <summary>One line on standard error that says what went wrong.</summary>
    public void Fail(string message) => Say($"maskgen: {message.ReplaceLineEndings(" ")}");

    /// <summary>Errors that have a message for people; any other is a defect and shows itself.</summary>
    public static bool IsExpected(Exception e) =>
        e is IOException or UnauthorizedAccessException or InvalidDataException or InvalidOperationException or ArgumentException or OutOfMemoryException;

    /// <summary>The message without what .NET adds about parameters.</summary>
    public static string Message(Exception e)
    {
        var name = (e as ArgumentException)?.ParamName;
        var message = e.Message.ReplaceLineEndings(" ");
        if (name is null)
        {
            return message;
        }

        var text = message.Replace($" (Parameter '{name}')", string.Empty, StringComparison.Ordinal);
        return e is ArgumentOutOfRangeException ? $"{name}: {text}" : text;
    }

    private static IAnsiConsole Create(TextWriter writer) => AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
}
