namespace MaskGen.ML;

/// <summary>A model whose files are in the Hugging Face cache.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record Sam2CachedModel
{
    /// <summary>Repository, such as <c>facebook/sam2-hiera-tiny</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Commit of the repository that the files are from.</summary>
    public required string Commit { get; init; }

    /// <summary>Folder with the files; <see cref="Sam2Model.FromFile"/> takes it.</summary>
    public required string Folder { get; init; }

    /// <summary>Size of the weights file in bytes; of shards, all together.</summary>
    public required long WeightBytes { get; init; }
}
