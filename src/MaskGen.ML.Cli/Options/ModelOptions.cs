using System.CommandLine;
using MaskGen.ML.Cli.Display;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say which model to use and how to run it.</summary>
internal sealed class ModelOptions
{
    private readonly Option<string> _model = new("--model")
    {
        Description = "nano (inside the program), an official name such as facebook/sam2.1-hiera-tiny, a folder with config.json, a .safetensors or a .pt file",
        HelpName = "MODEL",
        DefaultValueFactory = _ => "nano",
    };

    private readonly Option<string?> _revision = new("--revision") { Description = "Branch, tag or commit of a model that has a name", HelpName = "REVISION" };

    private readonly Option<int?> _gpu = NumberOptions.Whole(
        "--gpu", "CUDA device to run on (needs a build with -p:OnnxRuntimeFlavor=Gpu)", "DEVICE", "0");

    private readonly Option<int?> _threads = NumberOptions.Whole("--threads", "Threads to compute with [default: one per core]", "N", "4");

    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_revision);
        command.Add(_gpu);
        command.Add(_threads);
    }

    /// <summary>The model; fetched, with progress on the terminal, when its files are needed.</summary>
    public Sam2Model Model(ParseResult parsed, Terminal terminal, CancellationToken cancellationToken) =>
        Find(parsed.GetValue(_model)!, parsed.GetValue(_revision), terminal, cancellationToken);

    /// <summary>A model by what was typed; fetched, with progress on the terminal, when its files are needed.</summary>
    public static Sam2Model Find(string nameOrPath, string? revision, Terminal terminal, CancellationToken cancellationToken) =>
        Sam2Model.FromNameOrPath(
            nameOrPath, revision, new Sam2DownloadOptions { Progress = new DownloadProgress(terminal), CancellationToken = cancellationToken });

    public Sam2SessionOptions Session(ParseResult parsed)
    {
        var session = new Sam2SessionOptions { GpuDeviceId = parsed.GetValue(_gpu), ThreadCount = parsed.GetValue(_threads) };
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
