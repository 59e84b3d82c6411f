using System.CommandLine;
using System.CommandLine.Completions;
using MaskGen.ML.Cli.Display;
using MaskGen.ML.Cli.Settings;
using MaskGen.ML.Inference;
using MaskGen.ML.Models;

namespace MaskGen.ML.Cli.Options;

/// <summary>The options that say which model to use and how to run it.</summary>
internal sealed class ModelOptions
{
    private readonly ModelChoice _choice;

    private readonly Option<string?> _model = new("--model", "-m")
    {
        Description = "tiny, small, base-plus or large (SAM 2.1, fetched once); nano (built into this program, a demonstration); "
            + "a Hugging Face repository; "
            + "a folder with config.json; a .safetensors or .pt file; an encoder in ONNX, or a folder of such files "
            + $"[default: {ModelChoice.Variable}, then the choice of 'maskgen models use', then nano]",
        HelpName = "MODEL",
    };

    private readonly Option<string?> _revision = new("--revision")
    {
        Description = "Branch, tag or commit of a model that has a name", HelpName = "REVISION",
    };

    private readonly Option<NameOptions.Choice<EncoderPrecision>?> _precision = NameOptions.OneOf(
        "--precision",
        "What images are encoded with: int8 takes half to two thirds of the time on processors with fast 8-bit products (VNNI), for masks "
            + "that differ a little; float16 is for GPUs [default: float32]",
        ("float32", EncoderPrecision.Float32),
        ("int8", EncoderPrecision.Int8),
        ("float16", EncoderPrecision.Float16));

    private readonly OnnxOptions _onnx = new();
    private readonly DeviceOptions _device = new();

    /// <param name="environment">Says which model computes where the command line names none.</param>
    public ModelOptions(UserEnvironment environment)
    {
        _choice = new ModelChoice(environment);
        _model.CompletionSources.Add(_ => Completions());
    }

    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_revision);
        command.Add(_precision);
        _onnx.AddTo(command);
        _device.AddTo(command);
    }

    /// <summary>The model, of which nothing is downloaded yet; and a line that says which it is. On a first run this may ask: what can be
    /// wrong with other options is found before.</summary>
    public (Sam2Model Model, string Line) Model(ParseResult parsed, Terminal terminal)
    {
        var (name, origin) = _choice.Find(parsed.GetValue(_model), terminal);
        var revision = parsed.GetValue(_revision);
        var precision = parsed.GetValue(_precision)?.Value ?? EncoderPrecision.Float32;
        var model = WithOrigin(origin, () => Find(name, revision, _onnx.Read(parsed))).WithEncoderPrecision(precision);
        var line = $"model: {Describe(name, origin)}";
        return (
            model, precision == EncoderPrecision.Float32 ? line : $"{line}; {Describe(precision, _device.Session(parsed).IsOnCpu)}");
    }

    /// <summary>Whether a model is the embedded one, which is a demonstration.</summary>
    public static bool IsEmbedded(Sam2Model model) => ModelNames.IsEmbedded(model.Name);

    /// <summary>The names of models that a shell may complete.</summary>
    public static IEnumerable<CompletionItem> Completions() =>
        ModelNames.All.Select(model => new CompletionItem(model.Short))
            .Concat(Sam2OfficialModel.All.Select(model => new CompletionItem(model.Name)));

    /// <summary>A model by what was typed; nothing is downloaded yet.</summary>
    /// <exception cref="ArgumentException">It names no model.</exception>
    /// <exception cref="IOException">It is a path where there is no model.</exception>
    public static Sam2Model Find(string nameOrPath, string? revision, Sam2OnnxOptions? onnx = null)
    {
        ThrowUnlessNamed(nameOrPath);
        return Sam2Model.Named(
            ModelNames.Resolve(nameOrPath),
            revision,
            new Sam2DownloadOptions { IsOfCommandLine = true },
            onnx ?? new Sam2OnnxOptions { BestAsSingle = true });
    }

    /// <summary>Refuses a word that is neither a name of a model nor a path nor a repository, with the names there are.</summary>
    /// <exception cref="ArgumentException">It is such a word.</exception>
    public static void ThrowUnlessNamed(string typed)
    {
        var name = ModelNames.Resolve(typed);
        if (name.Contains('/', StringComparison.Ordinal) || ModelNames.IsEmbedded(name) || Path.Exists(name)
            || Sam2ModelFiles.LooksLikePath(name) || Sam2OfficialModel.Find(name) is not null)
        {
            return;
        }

        string[] names = [.. ModelNames.All.Select(model => model.Short)];
        throw new ArgumentException(
            $"Expected a model: {string.Join(", ", names)}, a Hugging Face repository such as {Sam2OfficialModel.All[0].Name}, or a "
            + $"folder or file; found '{HubText.Shown(typed)}'.{Spelling.Question(typed, names)}");
    }

    /// <exception cref="ArgumentException">A value cannot be meant.</exception>
    public Sam2SessionOptions Session(ParseResult parsed) => _device.Session(parsed);

    /// <summary>A line that says what computes, and why it is not what was asked for.</summary>
    public static string Describe(Sam2Device device) =>
        device.FallbackReason is { } reason ? $"device: {device} ({reason})" : $"device: {device}";

    private static string Describe(EncoderPrecision precision, bool isOnCpu) =>
        $"images are encoded in {precision.ToString().ToLowerInvariant()}"
        + precision switch
        {
            EncoderPrecision.Int8 when !Int8Processor.IsFast =>
                ", which is hardly faster than float32 on this processor: it has no VNNI",
            EncoderPrecision.Float16 when isOnCpu => ", which is hardly faster than float32 on a CPU: it is for GPUs",
            _ => string.Empty,
        };

    private static string Describe(string name, ModelOrigin origin) => (ModelNames.IsEmbedded(name), origin) switch
    {
        (true, ModelOrigin.Default) => $"{name}, the embedded demonstration; for photos: maskgen models use {ModelNames.Offered}",
        (true, _) => $"{name}, the embedded demonstration",
        (_, ModelOrigin.Variable) => $"{name} ({ModelChoice.Variable})",
        (_, ModelOrigin.Settings) => $"{name} (chosen by 'maskgen models use')",
        _ => name,
    };

    // What is wrong with a name that nobody has typed now is told with where it comes from.
    private static Sam2Model WithOrigin(ModelOrigin origin, Func<Sam2Model> find)
    {
        try
        {
            return find();
        }
        catch (Exception e) when (origin == ModelOrigin.Variable && e is (ArgumentException or IOException))
        {
            throw new ArgumentException($"{ModelChoice.Variable}: {Terminal.Message(e)}", e);
        }
        catch (Exception e) when (origin == ModelOrigin.Settings && e is (ArgumentException or IOException))
        {
            throw new ArgumentException(
                $"{Terminal.Message(e)} It was chosen by 'maskgen models use'; choose another, or name one with --model.", e);
        }
    }
}
