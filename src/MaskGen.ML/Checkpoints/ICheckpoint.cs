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

    /// <summary>Shows the values of one tensor in their order, part after part: for whoever looks at each of them once, so that a tensor of
    /// another type is not widened as a whole.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="visit">Receives each part, which is valid for the call, and the place of its first value.</param>
    /// <exception cref="CheckpointFormatException">As for <see cref="ReadFloat32"/>.</exception>
    void VisitFloat32(string name, TensorVisitor visit) => visit(ReadFloat32(name).Span, start: 0);
}

/// <summary>Looks at values of a tensor.</summary>
/// <param name="values">Some that follow each other.</param>
/// <param name="start">Place of the first of them in the tensor.</param>
internal delegate void TensorVisitor(ReadOnlySpan<float> values, int start);
