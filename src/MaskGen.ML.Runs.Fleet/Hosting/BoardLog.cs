using MaskGen.ML.Cli.Display;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Runs.Fleet;

/// <summary>Says what goes wrong in the web server, a line each; what the framework says of every request is left out.</summary>
/// <param name="terminal">Where to.</param>
internal sealed class BoardLog(Terminal terminal) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            var text = formatter(state, exception);
            terminal.Say((exception is null ? text : $"{text} {ErrorMessages.Of(exception)}").ReplaceLineEndings(" "));
        }
    }

    public void Dispose()
    {
        // Has nothing of its own.
    }
}
