using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Models;

/// <summary>Stands for the weights of an export, which are inside its graphs: there are no tensors to be read by name.</summary>
internal sealed class OnnxCheckpoint(OnnxExport export) : ICheckpoint
{
    public string Source => export.Source;

    public IReadOnlyDictionary<string, TensorDescription> Tensors { get; } = new Dictionary<string, TensorDescription>();

    public ReadOnlyMemory<float> ReadFloat32(string name) =>
        throw new CheckpointFormatException(Source, name, "a checkpoint with tensors", "an ONNX file");

    public void Dispose()
    {
    }
}
