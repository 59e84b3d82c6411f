namespace MaskGen.ML;

/// <summary>A model whose files are in the Hugging Face cache.</summary>
/// <param name="Name">Repository, such as <c>facebook/sam2-hiera-tiny</c>.</param>
/// <param name="Commit">Commit of the repository that the files are from.</param>
/// <param name="Folder">Folder with the files; <see cref="Sam2Model.FromFile"/> takes it.</param>
/// <param name="WeightBytes">Size of the weights file in bytes; of shards, all together.</param>
public sealed record Sam2CachedModel(string Name, string Commit, string Folder, long WeightBytes);
