using System.CommandLine;
using MaskGen.ML.Cli.Display;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say what goes to standard output.</summary>
internal sealed class ReportOptions
{
    private readonly Option<bool> _json = new("--json")
    {
        Description = "One JSON object a line on standard output: an image with its masks, the files written, or what went wrong",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Nothing but errors: no tables, no progress" };

    public void AddTo(Command command)
    {
        command.Add(_json);
        command.Add(_quiet);
    }

    public ResultReport Report(ParseResult parsed, Terminal terminal)
    {
        terminal.IsQuiet = parsed.GetValue(_quiet);
        return parsed.GetValue(_json)
            ? new JsonReport(terminal)
            : terminal.IsQuiet ? new ResultReport(terminal) : new TableReport(terminal);
    }
}
