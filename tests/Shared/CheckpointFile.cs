using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Tests;

/// <summary>Writes checkpoints for tests.</summary>
internal static class CheckpointFile
{
    /// <summary>Writes every tensor of a checkpoint as safetensors.</summary>
    /// <param name="destination">Receives the bytes; stays open.</param>
    /// <param name="checkpoint">The tensors.</param>
    /// <param name="elementType">Stored type of all tensors: float32, or float16 rounded to nearest even.</param>
    public static void Write(Stream destination, ICheckpoint checkpoint, TensorElementType elementType = TensorElementType.Float32) =>
        SafetensorsWriter.Write(
            destination, [.. checkpoint.Tensors.Select(t => (t.Key, t.Value with { ElementType = elementType }))], checkpoint.ReadFloat32);
}
