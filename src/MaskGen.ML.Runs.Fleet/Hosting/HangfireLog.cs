using Hangfire.Logging;
using MaskGen.ML.Cli.Display;

namespace MaskGen.ML.Runs.Fleet;

/// <summary>Says what Hangfire logs: warnings and errors, a line each without traces.</summary>
/// <param name="terminal">Where to.</param>
internal sealed class HangfireLog(Terminal terminal) : ILogProvider, ILog
{
    // Hangfire repeats an error at every attempt of each of its threads.
    private string? _last;

    public ILog GetLogger(string name) => this;

    public bool Log(LogLevel logLevel, Func<string>? messageFunc, Exception? exception = null)
    {
        if (logLevel < LogLevel.Warn)
        {
            return false;
        }

        if (messageFunc is not null)
        {
            var message = messageFunc();
            var text = (exception is null ? message : $"{message} {ErrorMessages.Cause(exception).Message}").ReplaceLineEndings(" ");
            if (Interlocked.Exchange(ref _last, text) != text)
            {
                terminal.Say($"queue: {text}");
            }
        }

        return true;
    }
}
