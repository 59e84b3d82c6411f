using MaskGen.ML.Cli.Display;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Runs.Tool;

/// <summary>Tells people what a run says: a line on standard error each.</summary>
/// <param name="terminal">Where to.</param>
/// <param name="isVerbose">Whether every image is told.</param>
internal sealed class TerminalLogger(Terminal terminal, bool isVerbose) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (isVerbose ? LogLevel.Debug : LogLevel.Information);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        var message = formatter(state, exception).ReplaceLineEndings(" ");
        if (logLevel >= LogLevel.Error)
        {
            terminal.Fail(message);
        }
        else
        {
            terminal.Say(message);
        }
    }
}
