using System.Globalization;
using MaskGen.ML.Cli.Display;

namespace MaskGen.ML.Cli.Settings;

/// <summary>Decides which model computes when a command names none: <c>MASKGEN_MODEL</c>, then the person's settings, then, where somebody
/// can be asked, one question that is never asked again, then the embedded model.</summary>
internal sealed class ModelChoice(UserEnvironment environment)
{
    /// <summary>The variable that names a model.</summary>
    public const string Variable = "MASKGEN_MODEL";

    private const string OfflineVariable = "HF_HUB_OFFLINE";
    private const string EndpointVariable = "HF_ENDPOINT";
    private const string DefaultEndpoint = "https://huggingface.co";

    private readonly UserSettings _settings = new(environment.SettingsPath);

    /// <summary>The choice that is kept; null for none.</summary>
    public string? Kept => _settings.Model;

    /// <summary>Finds the model.</summary>
    /// <param name="typed">What <c>--model</c> says; null for nothing.</param>
    /// <param name="terminal">Where the question is asked.</param>
    /// <returns>A name or path for <see cref="Sam2Model.FromNameOrPath"/>, and who has chosen it.</returns>
    /// <exception cref="InvalidDataException">The settings are damaged.</exception>
    public (string Model, ModelOrigin Origin) Find(string? typed, Terminal terminal)
    {
        if (typed is not null)
        {
            return (ModelNames.Resolve(typed), ModelOrigin.Option);
        }

        if (environment.Variable(Variable) is { } named)
        {
            return (ModelNames.Resolve(named), ModelOrigin.Variable);
        }

        if (_settings.Model is { } kept)
        {
            return (ModelNames.Resolve(kept), ModelOrigin.Settings);
        }

        return Ask(terminal) is { } answer ? (ModelNames.Resolve(answer), ModelOrigin.Answer) : (Sam2Model.Nano.Name, ModelOrigin.Default);
    }

    /// <summary>Keeps a choice for later runs.</summary>
    /// <param name="nameOrPath">A short name, a repository, or a path, which is kept whole.</param>
    /// <returns>What is kept.</returns>
    /// <exception cref="IOException">It cannot be written, or there is no folder for it.</exception>
    public string Keep(string nameOrPath)
    {
        var model = ModelNames.Resolve(nameOrPath);
        if (!ModelNames.IsEmbedded(model) && Path.Exists(model))
        {
            model = Path.GetFullPath(model);
        }

        return _settings.TrySetModel(model)
            ? model
            : throw new IOException($"There is no configuration folder to keep a choice in; set {Variable}={model} instead.");
    }

    // The answer is kept before anything is fetched: whoever cancels a download has still answered.
    private string? Ask(Terminal terminal)
    {
        if (environment.SettingsPath is null
            || !environment.CanAsk
            || !terminal.IsInteractive
            || environment.Variable(OfflineVariable) is not (null or "0")
            || !Uri.TryCreate(environment.Variable(EndpointVariable) ?? DefaultEndpoint, UriKind.Absolute, out var endpoint)
            || !environment.CanReach(endpoint))
        {
            return null;
        }

        var offered = Sam2OfficialModel.All.Single(model => model.Name == ModelNames.Resolve(ModelNames.Offered));
        terminal.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"The model inside this program is a demonstration: it works on drawings and renderings. Photos need SAM 2.1, whose small "
            + $"model '{ModelNames.Offered}' is {ModelNames.Megabytes(offered):0} MB from {endpoint.Host}, fetched once."));
        terminal.Ask($"Fetch '{ModelNames.Offered}' and use it from now on? [Y/n] ");
        var answer = environment.Input.ReadLine()?.Trim();
        if (answer is null)
        {
            return null;
        }

        var isYes = answer.Length == 0 || answer.StartsWith("y", StringComparison.OrdinalIgnoreCase);
        var chosen = isYes ? ModelNames.Offered : Sam2Model.Nano.Name;
        TryKeep(chosen, terminal);
        terminal.Say($"Using {chosen} from now on; 'maskgen models use' changes that.");
        return chosen;
    }

    // This run goes on all the same, and the next one asks again.
    private void TryKeep(string chosen, Terminal terminal)
    {
        try
        {
            Keep(chosen);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Fail($"the choice could not be kept: {e.Message}");
        }
    }
}
