using MaskGen.ML.Files;
using Spectre.Console;

namespace MaskGen.ML.Cli.Display;

/// <summary>Standard output for results, standard error for messages and progress. Neither throws when it cannot be written to, and names
/// out of files cannot control the terminal.</summary>
internal sealed class Terminal
{
    private readonly GuardedWriter _output;
    private readonly GuardedWriter _error;

    public Terminal(TextWriter output, TextWriter error)
    {
        // No colours are used there, so nothing but text passes.
        _output = new GuardedWriter(output, escapes: true);
        Output = Create(output, _output, AnsiSupport.No);

        _error = new GuardedWriter(error, escapes: false);
        Error = Create(error, _error, AnsiSupport.Detect);
        IsInteractive = Error.Profile.Out.IsTerminal && Error.Profile.Capabilities.Ansi;
    }

    public IAnsiConsole Output { get; }

    public IAnsiConsole Error { get; }

    /// <summary>Whether progress can be drawn in place.</summary>
    public bool IsInteractive
    {
        get => !IsQuiet && field;
        init;
    }

    /// <summary>Whether only errors are said.</summary>
    public bool IsQuiet { get; set; }

    /// <summary>Why results could not be written to standard output; null if they could.</summary>
    public string? OutputFailure => _output.Failure;

    /// <summary>One line on standard output, not wrapped: paths are copied as a whole.</summary>
    public void Write(string text) => _output.WriteLine(PrintableText.Escape(text));

    /// <summary>One line on standard error, unless nothing but errors is wanted.</summary>
    public void Say(string message)
    {
        if (!IsQuiet)
        {
            _error.WriteLine(PrintableText.Escape(message));
        }
    }

    /// <summary>Lines on standard error, likewise.</summary>
    public void SayAll(IEnumerable<string> messages)
    {
        foreach (var message in messages)
        {
            Say(message);
        }
    }

    /// <summary>A question on standard error; the answer is typed on the same line.</summary>
    public void Ask(string question) => _error.Write(PrintableText.Escape(question));

    /// <summary>One line on standard error that says what went wrong.</summary>
    public void Fail(string message) => _error.WriteLine(PrintableText.Escape($"maskgen: {message.ReplaceLineEndings(" ")}"));

    /// <summary>Whether an error has a message for people; any other is a defect.</summary>
    public static bool IsExpected(Exception e) =>
        e is IOException or UnauthorizedAccessException or InvalidDataException or InvalidOperationException or ArgumentException
            or OutOfMemoryException or NotSupportedException;

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

    private static IAnsiConsole Create(TextWriter given, GuardedWriter guarded, AnsiSupport ansi)
    {
        // What the stream can do is asked of the stream itself.
        var output = new AnsiConsoleOutput(given);
        var capabilities = AnsiConsole.Create(new AnsiConsoleSettings { Out = output, Ansi = ansi }).Profile.Capabilities;
        return AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new GuardedConsoleOutput(guarded, output),
            Ansi = capabilities.Ansi ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = (ColorSystemSupport)capabilities.ColorSystem,
        });
    }

    private sealed class GuardedConsoleOutput(GuardedWriter writer, AnsiConsoleOutput given) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => given.IsTerminal;

        public int Width => given.Width;

        public int Height => given.Height;

        public void SetEncoding(System.Text.Encoding encoding) => given.SetEncoding(encoding);
    }
}
