namespace MaskGen.ML.Checkpoints;

/// <summary>An open weights file: named tensors, read as float32 whatever their stored type.</summary>
/// <remarks>Safe for concurrent reads.</remarks>
internal interface ICheckpoint : IDisposable
{
    /// <summary>File path, or another name that a person recognises; used in messages.</summary>
    string Source { get; }

    /// <summary>Paths of the files that hold the values; empty for what is in no file of its own.</summary>
    IReadOnlyList<string> Files => [];

    /// <summary>Every tensor by its name.</summary>
    IReadOnlyDictionary<string, TensorDescription> Tensors { get; }

    /// <summary>The values of one tensor, row-major float32. Zero-copy where the file stores aligned float32: valid until the checkpoint
    /// is disposed.</summary>
    /// <exception cref="CheckpointFormatException">There is no tensor of that name, or it cannot be read.</exception>
    ReadOnlyMemory<float> ReadFloat32(string name);
}
