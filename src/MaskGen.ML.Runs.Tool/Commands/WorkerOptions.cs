using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Runs.Tool;

/// <summary>The options of whatever works at shards: what it computes on, and what it says.</summary>
internal sealed class WorkerOptions
{
    private readonly DeviceOptions _device = new();
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "A line for each image" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Nothing but errors" };

    public void AddTo(Command command)
    {
        _device.AddTo(command);
        command.Add(_verbose);
        command.Add(_quiet);
    }

    /// <summary>Whether a line is wanted for each image.</summary>
    public bool IsVerbose(ParseResult parsed) => parsed.GetValue(_verbose);

    /// <summary>Reads them; sets what the terminal says.</summary>
    /// <exception cref="ArgumentException">One is out of its range.</exception>
    public MaskRunOptions Read(ParseResult parsed, Terminal terminal, UserEnvironment environment)
    {
        terminal.IsQuiet = parsed.GetValue(_quiet);
        return new MaskRunOptions
        {
            Session = _device.Session(parsed),
            Worker = environment.Variable("MASKGEN_WORKER"),
            Logger = new TerminalLogger(terminal, parsed.GetValue(_verbose)),
        };
    }

    /// <summary>Opens a run to work at. A folder that is not mounted yet looks like one without a run: an engine does well to try
    /// again.</summary>
    /// <exception cref="IOException">There is no run, or storage cannot be read.</exception>
    public static async Task<MaskRun> OpenAsync(string address, MaskRunOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await MaskRun.OpenAsync(MaskRunStore.Open(address), options, cancellationToken);
        }
        catch (FileNotFoundException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
