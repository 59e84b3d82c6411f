using MaskGen.ML.Cli.Display;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Serve;

/// <summary>Says what is logged, a line each.</summary>
/// <param name="terminal">Where to.</param>
/// <param name="least">What is said at least.</param>
internal sealed class TerminalLogProvider(Terminal terminal, LogLevel least) : ILoggerProvider
{
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => new TerminalLogger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class TerminalLogger(TerminalLogProvider provider, string category) : ILogger
    {
        private const string Own = "MaskGen.";

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        // The framework speaks of every request.
        public bool IsEnabled(LogLevel logLevel) =>
            logLevel >= (category.StartsWith(Own, StringComparison.Ordinal) ? provider.Least : LogLevel.Error);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var text = formatter(state, exception);
            lock (provider._lock)
            {
                provider.Say(exception is null ? text : $"{text} {exception}".ReplaceLineEndings(" "));
            }
        }
    }

    private LogLevel Least => least;

    private void Say(string text) => terminal.Say(text);
}
