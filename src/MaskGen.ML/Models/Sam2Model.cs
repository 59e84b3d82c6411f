using MaskGen.ML.Checkpoints;
using MaskGen.ML.Models;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>Says which SAM 2 model to use and where its weights are; loads nothing until a stage needs it.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class Sam2Model
{
    private static readonly Lazy<Sam2Model> LazyNano = new(() => EmbeddedModel.Load("Nano"));

    private readonly Func<OpenedSam2Model> _open;

    internal Sam2Model(string name, RecommendedThresholds recommendedThresholds, Func<OpenedSam2Model> open)
    {
        Name = name;
        RecommendedThresholds = recommendedThresholds;
        _open = open;
    }

    /// <summary>The default model, which is part of this assembly: small, trained on synthetic scenes alone, works without a network.
    /// For photos the official checkpoints are far better.</summary>
    public static Sam2Model Nano => LazyNano.Value;

    /// <summary>Name of the model, such as <c>nano</c> or the path of its file.</summary>
    public string Name { get; }

    /// <summary>The thresholds that apply where the options set none.</summary>
    public RecommendedThresholds RecommendedThresholds { get; }

    /// <summary>A model from files on disk.</summary>
    /// <param name="path">A folder with <c>config.json</c> and <c>model.safetensors</c>, a <c>.safetensors</c> file, or a <c>.pt</c> file as Meta
    /// publishes them. A <c>config.json</c> beside the file says the geometry; without one it is told from the shapes of the tensors. A
    /// <c>maskgen.json</c> beside it, with <c>{"recommended_thresholds": {"predicted_iou", "stability_score"}}</c>, replaces
    /// <see cref="RecommendedThresholds.Official"/>.</param>
    /// <returns>The model; its weights are opened when a stage needs them, and are checked then.</returns>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or no weights in the folder.</exception>
    /// <exception cref="CheckpointFormatException">The <c>maskgen.json</c> beside the file says something that cannot be.</exception>
    public static Sam2Model FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var files = Sam2ModelFiles.Find(path);
        var metadata = Sam2ModelMetadata.ReadBeside(Path.GetDirectoryName(Path.GetFullPath(files.WeightsPath))!);
        return new Sam2Model(metadata.Name ?? path, metadata.RecommendedThresholds, files.Open);
    }

    /// <summary>A model whose parts are open already, such as one that was saved inside an archive.</summary>
    /// <param name="name">Name to show.</param>
    /// <param name="recommendedThresholds">The thresholds that apply where the options set none.</param>
    /// <param name="config">Its geometry.</param>
    /// <param name="weights">Its weights; they stay the caller's, who keeps them open as long as the model is used.</param>
    internal static Sam2Model FromOpened(string name, RecommendedThresholds recommendedThresholds, Sam2ModelConfig config, ICheckpoint weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        return new Sam2Model(name, recommendedThresholds, () => new OpenedSam2Model(config, new BorrowedCheckpoint(weights)));
    }

    /// <summary>Opens configuration and weights; the caller disposes the result.</summary>
    internal OpenedSam2Model Open() => _open();
}

/// <summary>Configuration and open weights of a model. Owns the weights.</summary>
internal sealed record OpenedSam2Model(Sam2ModelConfig Config, ICheckpoint Weights) : IDisposable
{
    public void Dispose() => Weights.Dispose();
}
