using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Models;

/// <summary>Detects the architecture of a checkpoint without a configuration.</summary>
internal static class Sam2ArchitectureDetector
{
    /// <summary>Recognizes the official architectures by the shapes of the tensors; what shapes do not show is taken from the official
    /// configuration.</summary>
    /// <param name="checkpoint">Tensors under Hugging Face's names.</param>
    /// <exception cref="CheckpointFormatException">It is not a SAM 2, or has another architecture, which needs a config.json.</exception>
    public static Sam2ModelConfig Detect(ICheckpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var architecture = TensorArchitecture.Read(checkpoint);
        return OfficialArchitectures.BySize.Values.FirstOrDefault(architecture.Fits)
            ?? throw new CheckpointFormatException(
                checkpoint.Source,
                $"expected the architecture of an official SAM 2 ({string.Join(", ", OfficialArchitectures.BySize.Keys)}), as there is no "
                + $"{Sam2ModelFiles.ConfigurationName} beside the file that describes another; found {architecture}.");
    }
}
