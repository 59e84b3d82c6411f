using MaskGen.ML.Checkpoints;

namespace MaskGen.ML;

/// <summary>A checkpoint, or its configuration, is not what SAM 2 needs. The message names the file, the tensor or field, what was
/// expected and what was found.</summary>
public sealed class CheckpointFormatException : IOException
{
    /// <summary>Describes a defect of a whole file.</summary>
    /// <param name="source">Path or name of the file.</param>
    /// <param name="problem">What was expected and what was found, as a sentence.</param>
    /// <param name="innerException">The cause, or null.</param>
    internal CheckpointFormatException(string source, string problem, Exception? innerException = null)
        : base($"{source}: {problem}", innerException)
    {
        CheckpointSource = source;
    }

    /// <summary>Describes a defect of one tensor.</summary>
    /// <param name="source">Path or name of the file.</param>
    /// <param name="tensor">Name of the tensor, as in the file.</param>
    /// <param name="expected">What should be there, such as a shape.</param>
    /// <param name="found">What is there.</param>
    internal CheckpointFormatException(string source, string tensor, string expected, string found)
        : base($"{source}: tensor '{CheckpointText.Shorten(tensor)}': expected {expected}, found {found}.")
    {
        CheckpointSource = source;
        Tensor = tensor;
    }

    /// <summary>Path or name of the file.</summary>
    public string CheckpointSource { get; }

    /// <summary>Name of the tensor that is wrong, or null when the whole file or its configuration is.</summary>
    public string? Tensor { get; }

    /// <summary>Describes a defect of one field of a configuration or of a header.</summary>
    /// <param name="source">Path or name of the file.</param>
    /// <param name="field">Path of the field, its parts separated by dots.</param>
    /// <param name="expected">What should be there.</param>
    /// <param name="found">What is there.</param>
    internal static CheckpointFormatException ForField(string source, string field, string expected, string found) =>
        new(source, $"field '{CheckpointText.Shorten(field)}': expected {expected}, found {found}.");
}
