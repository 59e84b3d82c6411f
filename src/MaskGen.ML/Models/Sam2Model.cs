using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>Says which SAM 2 model to use and where its weights are; loads nothing until a stage needs it.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class Sam2Model
{
    private readonly Func<OpenedSam2Model> _open;

    internal Sam2Model(string name, RecommendedThresholds recommendedThresholds, Func<OpenedSam2Model> open)
    {
        Name = name;
        RecommendedThresholds = recommendedThresholds;
        _open = open;
    }

    /// <summary>Name of the model, such as <c>nano</c> or the path of its file.</summary>
    public string Name { get; }

    /// <summary>The thresholds that apply where the options set none.</summary>
    public RecommendedThresholds RecommendedThresholds { get; }

    /// <summary>Opens configuration and weights; the caller disposes the result.</summary>
    internal OpenedSam2Model Open() => _open();
}

/// <summary>Configuration and open weights of a model. Owns the weights.</summary>
internal sealed record OpenedSam2Model(Sam2ModelConfig Config, ICheckpoint Weights) : IDisposable
{
    public void Dispose() => Weights.Dispose();
}
