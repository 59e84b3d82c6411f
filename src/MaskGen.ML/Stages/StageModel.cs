using MaskGen.ML.Sam2;

namespace MaskGen.ML.Stages;

/// <summary>The model behind a stage, from wherever the user named it or from a saved stage.</summary>
/// <param name="Model">Where configuration and weights are.</param>
/// <param name="IsSaved">Whether it comes from a saved stage: then it holds just the tensors of that stage, and they were checked on
/// loading.</param>
internal sealed record StageModel(Sam2Model Model, bool IsSaved = false)
{
    private readonly Lazy<Sam2ModelConfig> _config = new(() =>
    {
        using var opened = Model.Open();
        return opened.Config;
    });

    /// <summary>The model that options name; null for the default one.</summary>
    public static StageModel Of(Sam2Model? model) => new(model ?? Sam2Model.Nano);

    /// <summary>The geometry. Opens the model once.</summary>
    public Sam2ModelConfig Config => _config.Value;

    /// <summary>Opens configuration and weights, and checks that they fit each other; the caller disposes the result.</summary>
    /// <exception cref="CheckpointFormatException">They do not.</exception>
    public OpenedSam2Model Open() => IsSaved ? Model.Open() : Model.OpenVerified();
}
