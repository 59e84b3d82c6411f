namespace MaskGen.ML;

/// <summary>What a model is, as far as its files say.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed record Sam2ModelDescription
{
    /// <summary>Name of the model, as <see cref="Sam2Model.Name"/>.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the official architecture that it has (tiny, small, base_plus or large), or null for another.</summary>
    public required string? OfficialSize { get; init; }

    /// <summary>Side S of the square model input, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Channels d of the image embedding.</summary>
    public required int EmbeddingChannels { get; init; }

    /// <summary>Width of the trunk, per stage; none where the model is in ONNX.</summary>
    public required IReadOnlyList<int> StageWidths { get; init; }

    /// <summary>Blocks of the trunk, per stage; none where the model is in ONNX.</summary>
    public required IReadOnlyList<int> StageBlocks { get; init; }

    /// <summary>Numbers in the tensors of the image model; a tensor known by two names counts once, and the video model not at
    /// all. Of a model in ONNX those of the weights in its graphs, where those of 4 bits count as they are packed.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Types that the tensors are stored in, as safetensors calls them (F32, F16, BF16, F64), the most frequent first.</summary>
    public required IReadOnlyList<string> StoredTypes { get; init; }

    /// <summary>Path of the weights file, or of the index of weights that are split over several files, with links resolved; null for a
    /// model that is in no file of its own.</summary>
    public required string? WeightsPath { get; init; }

    /// <summary>Size of the weights file in bytes, or of all of them together; null without one.</summary>
    public required long? WeightsBytes { get; init; }

    /// <summary>SHA-256 of the weights file in lower-case hexadecimal; null without one, and for weights in several files.</summary>
    public required string? WeightsSha256 { get; init; }

    /// <summary>The thresholds that apply where the options set none.</summary>
    public required RecommendedThresholds RecommendedThresholds { get; init; }

    /// <summary>Who exported the model, such as <c>samexporter</c> or <c>transformers.js</c>, where it is in ONNX; null for a
    /// checkpoint.</summary>
    public string? Export { get; init; }
}
