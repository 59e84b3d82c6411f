namespace MaskGen.ML;

/// <summary>A checkpoint that Meta published on the Hugging Face hub.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record Sam2OfficialModel
{
    private const string Owner = "facebook/";

    /// <summary>Repository, for <see cref="Sam2Model.FromPretrained"/>.</summary>
    public required string Name { get; init; }

    /// <summary>2 or 2.1.</summary>
    public required string Version { get; init; }

    /// <summary>tiny, small, base_plus or large.</summary>
    public required string Size { get; init; }

    /// <summary>Parameters of the published model, its video parts included, in millions, as Meta states them.</summary>
    public required double MillionParameters { get; init; }

    /// <summary>The eight checkpoints, the newer version first, each from small to large.</summary>
    public static IReadOnlyList<Sam2OfficialModel> All { get; } =
    [
        Published("sam2.1-hiera-tiny", "2.1", "tiny", 38.9),
        Published("sam2.1-hiera-small", "2.1", "small", 46),
        Published("sam2.1-hiera-base-plus", "2.1", "base_plus", 80.8),
        Published("sam2.1-hiera-large", "2.1", "large", 224.4),
        Published("sam2-hiera-tiny", "2", "tiny", 38.9),
        Published("sam2-hiera-small", "2", "small", 46),
        Published("sam2-hiera-base-plus", "2", "base_plus", 80.8),
        Published("sam2-hiera-large", "2", "large", 224.4),
    ];

    /// <summary>The checkpoint of a name, with or without <c>facebook/</c>; null for any other.</summary>
    internal static Sam2OfficialModel? Find(string name) => All.FirstOrDefault(m => m.Name == name || m.Name == Owner + name);

    private static Sam2OfficialModel Published(string name, string version, string size, double millionParameters) =>
        new() { Name = Owner + name, Version = version, Size = size, MillionParameters = millionParameters };
}
