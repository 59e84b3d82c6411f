using System.CommandLine;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Options;
using MaskGen.ML.Cli.Settings;

namespace MaskGen.ML.Runs.Tool;

/// <summary>The options of whatever works at shards: what it computes on, and what it says.</summary>
internal sealed class WorkerOptions
{
    private readonly Option<int?> _gpu = NumberOptions.Whole(
        "--gpu", "CUDA device to run on (needs a build with -p:OnnxRuntimeFlavor=Gpu)", "DEVICE", "0");

    private readonly Option<int?> _threads = NumberOptions.Whole(
        "--threads", "Threads to compute with [default: one per core]", "N", "4");

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "A line for each image" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Nothing but errors" };

    public WorkerOptions() => _threads.Aliases.Add("-t");

    public void AddTo(Command command)
    {
        command.Add(_threads);
        command.Add(_gpu);
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
            Session = Session(parsed.GetValue(_threads), parsed.GetValue(_gpu)),
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

    private Sam2SessionOptions Session(int? threads, int? gpu)
    {
        var session = new Sam2SessionOptions { GpuDeviceId = gpu, ThreadCount = threads };
        try
        {
            session.Validate();
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw OptionErrors.Of(e.ParamName == nameof(Sam2SessionOptions.GpuDeviceId) ? _gpu : _threads, e);
        }

        return session;
    }
}
