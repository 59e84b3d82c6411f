using MaskGen.ML.Checkpoints;
using MaskGen.ML.Models;
using MaskGen.ML.OnnxGraph;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>Configuration and open weights of a model.</summary>
/// <param name="Config">The configuration.</param>
/// <param name="Weights">The weights.</param>
/// <param name="OwnsWeights">Whether disposing this closes the weights.</param>
internal sealed record OpenedSam2Model(Sam2ModelConfig Config, ICheckpoint Weights, bool OwnsWeights = true) : IDisposable
{
    private IReadOnlyDictionary<string, GraphParameter>? _requiredTensors;
    private string? _fingerprint;

    /// <summary>What the image encoder is to compute with.</summary>
    public EncoderPrecision EncoderPrecision { get; init; }

    /// <summary>The model in ONNX that takes the place of graphs and weights; null for a checkpoint.</summary>
    public OnnxExport? Export { get; private init; }

    /// <summary>Every tensor that the model needs, by name; none of a model in ONNX.</summary>
    public IReadOnlyDictionary<string, GraphParameter> RequiredTensors =>
        _requiredTensors ??= Export is null ? Sam2CheckpointContract.RequiredTensors(Config) : new Dictionary<string, GraphParameter>();

    /// <summary>Identifies the model; see <see cref="ModelFingerprint"/>. Reads all weights the first time.</summary>
    /// <exception cref="CheckpointFormatException">A weight is NaN or infinite.</exception>
    public string Fingerprint => _fingerprint ??= Export?.Fingerprint
        ?? ModelFingerprint.Of(ModelFingerprint.Compute(Config, RequiredTensors, Weights), EncoderPrecision);

    /// <summary>A model in ONNX, which is in memory.</summary>
    public static OpenedSam2Model Of(OnnxExport export) => new(export.Config, new OnnxCheckpoint(export)) { Export = export };

    public void Dispose()
    {
        if (OwnsWeights)
        {
            Weights.Dispose();
        }
    }
}
