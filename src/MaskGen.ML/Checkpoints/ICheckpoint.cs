namespace MaskGen.ML.Checkpoints;

/// <summary>An open weights file: named tensors, read as float32 whatever their stored type.</summary>
/// <remarks>Safe for concurrent reads. Tensor names are Hugging Face's (<c>vision_encoder.backbone...</c>) whatever the file's own
/// form.</remarks>
internal interface ICheckpoint : IDisposable
{
    /// <summary>File path, or another name that a person recognises; used in messages.</summary>
    string Source { get; }

    /// <summary>Every tensor of the file by its name.</summary>
    IReadOnlyDictionary<string, TensorDescription> Tensors { get; }

    /// <summary>The values of one tensor, row-major float32. Zero-copy where the file stores aligned float32: valid until the checkpoint
    /// is disposed.</summary>
    /// <exception cref="CheckpointFormatException">There is no tensor of that name.</exception>
    ReadOnlyMemory<float> ReadFloat32(string name);
}
