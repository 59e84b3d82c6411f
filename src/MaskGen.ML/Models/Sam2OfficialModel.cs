namespace MaskGen.ML;

/// <summary>A checkpoint that Meta published on the Hugging Face hub.</summary>
/// <param name="Name">Repository, for <see cref="Sam2Model.FromPretrained"/>.</param>
/// <param name="Version">2 or 2.1.</param>
/// <param name="Size">tiny, small, base_plus or large.</param>
/// <param name="MillionParameters">Parameters of the published model, its video parts included, in millions, as Meta states them.</param>
public sealed record Sam2OfficialModel(string Name, string Version, string Size, double MillionParameters)
{
    private const string Owner = "facebook/";

    /// <summary>The eight checkpoints, the newer version first, each from small to large.</summary>
    public static IReadOnlyList<Sam2OfficialModel> All { get; } =
    [
        new("facebook/sam2.1-hiera-tiny", "2.1", "tiny", 38.9),
        new("facebook/sam2.1-hiera-small", "2.1", "small", 46),
        new("facebook/sam2.1-hiera-base-plus", "2.1", "base_plus", 80.8),
        new("facebook/sam2.1-hiera-large", "2.1", "large", 224.4),
        new("facebook/sam2-hiera-tiny", "2", "tiny", 38.9),
        new("facebook/sam2-hiera-small", "2", "small", 46),
        new("facebook/sam2-hiera-base-plus", "2", "base_plus", 80.8),
        new("facebook/sam2-hiera-large", "2", "large", 224.4),
    ];

    /// <summary>The checkpoint of a name, with or without <c>facebook/</c>; null for any other.</summary>
    internal static Sam2OfficialModel? Find(string name) => All.FirstOrDefault(m => m.Name == name || m.Name == Owner + name);
}
