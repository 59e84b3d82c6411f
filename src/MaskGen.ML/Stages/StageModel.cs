using MaskGen.ML.Sam2;

namespace MaskGen.ML.Stages;

/// <summary>The model behind a stage, from wherever the user named it or from a saved stage.</summary>
/// <remarks>
/// Safe for concurrent use. What the stage has once seen of its model stays so: a file that is replaced by another model later is refused,
/// so that a stage never works with two models. A failure to open it is not remembered. A file is not kept open between one look at it and
/// the next: what its configuration was read from may have been rewritten when its weights are.
/// </remarks>
internal sealed class StageModel
{
    private readonly object _gate = new();
    private Sam2ModelConfig? _config;
    private string? _fingerprint;

    private StageModel(Sam2Model model, Sam2ModelConfig? config, string? fingerprint)
    {
        Model = model;
        Name = StoredName(model.Name);
        IsSaved = config is not null;
        _config = config;
        _fingerprint = fingerprint;
    }

    /// <summary>Where configuration and weights are.</summary>
    public Sam2Model Model { get; }

    /// <summary>Name of the model without the folders of this machine, fit to be stored.</summary>
    public string Name { get; }

    /// <summary>Whether it comes from a saved stage: then it holds just the tensors of that stage, and they were checked on
    /// loading.</summary>
    public bool IsSaved { get; }

    /// <summary>The configuration. Looks at the model's files the first time.</summary>
    public Sam2ModelConfig Config
    {
        get
        {
            lock (_gate)
            {
                if (_config is null)
                {
                    using var opened = Model.Open();
                    _config = opened.Config;
                }

                return _config;
            }
        }
    }

    /// <summary>Tells the whole model from others, also where a saved stage holds a part of it. Reads all weights unless the stage has
    /// opened them before.</summary>
    /// <exception cref="CheckpointFormatException">Configuration and weights do not fit each other, or a weight is NaN or
    /// infinite.</exception>
    public string Fingerprint
    {
        get
        {
            if (Known().Fingerprint is { } known)
            {
                return known;
            }

            Open().Dispose();
            return Known().Fingerprint!;
        }
    }

    /// <summary>The model that options name; null for the default one.</summary>
    public static StageModel Of(Sam2Model? model) => new(model ?? Sam2Model.Nano, null, null);

    /// <summary>A model out of a saved stage.</summary>
    /// <param name="model">The parts that the stage needs.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="fingerprint">Fingerprint of the whole model.</param>
    public static StageModel Saved(Sam2Model model, Sam2ModelConfig config, string fingerprint) => new(model, config, fingerprint);

    /// <summary>Opens configuration and weights, checks that they fit each other and that they are what the stage has seen before; the
    /// caller disposes the result.</summary>
    /// <exception cref="CheckpointFormatException">They do not fit each other.</exception>
    /// <exception cref="InvalidOperationException">They are another model's than before.</exception>
    public OpenedSam2Model Open()
    {
        if (IsSaved)
        {
            return Model.Open();
        }

        var opened = Model.OpenVerified();
        try
        {
            Remember(opened.Config, opened.Fingerprint);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>The last component of what is the path of a file or folder, and any other name as it is.</summary>
    internal static string StoredName(string name)
    {
        var isPath = Path.IsPathRooted(name) || name.StartsWith('.') || name.StartsWith('~')
            || name.Contains('\\', StringComparison.Ordinal) || name.Count(character => character == '/') > 1
            || (name.Contains('/', StringComparison.Ordinal) && Path.Exists(name));
        var last = isPath ? name.TrimEnd('/', '\\').Split('/', '\\')[^1] : name;
        return last is "" or "." or ".." ? "model" : last;
    }

    private (Sam2ModelConfig? Config, string? Fingerprint) Known()
    {
        lock (_gate)
        {
            return (_config, _fingerprint);
        }
    }

    private void Remember(Sam2ModelConfig config, string fingerprint)
    {
        lock (_gate)
        {
            if (_fingerprint is not null && _fingerprint != fingerprint)
            {
                throw Changed($"the weights with fingerprint {_fingerprint}", $"fingerprint {fingerprint}");
            }

            // The columns of views that exist already have the sizes of the first one.
            if (_config is not null && _config != config)
            {
                throw Changed("the configuration that it had", "another configuration");
            }

            (_config, _fingerprint) = (config, fingerprint);
        }
    }

    private InvalidOperationException Changed(string expected, string found) => new(
        $"The model {Name} has changed since this stage first looked at it: expected {expected}, found {found}. Fit the pipeline again to "
        + "work with the model as it is now, or put back the one that was there.");
}
