using System.Collections.Immutable;

namespace MaskGen.ML.Sam2;

/// <summary>Configuration of a SAM 2 image model: everything that the graphs need besides the weights. Defaults are sam2 hiera
/// tiny's.</summary>
internal sealed record Sam2ModelConfig
{
    /// <summary>Side S of the square model input, in pixels; a multiple of 32.</summary>
    public int ImageSize { get; init; } = 1024;

    public HieraTrunkConfig Trunk { get; init; } = new();

    /// <summary>Channels d of the image embedding and of every prompt and mask token.</summary>
    public int HiddenSize { get; init; } = 256;

    /// <summary>Levels of the feature pyramid (0 finest, stride 4) that receive the top-down sum.</summary>
    public ImmutableArray<int> FpnTopDownLevels { get; init; } = [2, 3];

    public PromptEncoderConfig PromptEncoder { get; init; } = new();

    public MaskDecoderConfig MaskDecoder { get; init; } = new();

    /// <summary>Side of the image embedding, S / 16.</summary>
    public int EmbeddingSize => ImageSize / 16;

    /// <summary>Side of the low-resolution mask grid, S / 4.</summary>
    public int MaskSize => ImageSize / 4;

    // A record would compare the list by identity.
    public bool Equals(Sam2ModelConfig? other) =>
        other is not null
        && (ImageSize, Trunk, HiddenSize, PromptEncoder, MaskDecoder)
            == (other.ImageSize, other.Trunk, other.HiddenSize, other.PromptEncoder, other.MaskDecoder)
        && FpnTopDownLevels.SequenceEqual(other.FpnTopDownLevels);

    public override int GetHashCode() => HashCode.Combine(ImageSize, Trunk, HiddenSize, MaskDecoder);
}

/// <summary>The Hiera backbone. Per-stage arrays have one entry per stage.</summary>
internal sealed record HieraTrunkConfig
{
    public ImmutableArray<int> BlocksPerStage { get; init; } = [1, 2, 7, 2];

    public ImmutableArray<int> WidthPerStage { get; init; } = [96, 192, 384, 768];

    public ImmutableArray<int> HeadsPerStage { get; init; } = [1, 2, 4, 8];

    /// <summary>Window side in tokens; a block's window lags one block behind its stage.</summary>
    public ImmutableArray<int> WindowSizePerStage { get; init; } = [8, 4, 14, 7];

    /// <summary>Indices of the blocks that attend to the whole map.</summary>
    public ImmutableArray<int> GlobalAttentionBlocks { get; init; } = [5, 7, 9];

    /// <summary>Height and width of the background position grid.</summary>
    public (int Height, int Width) BackgroundPositionSize { get; init; } = (7, 7);

    public int PatchKernelSize { get; init; } = 7;

    public int PatchStride { get; init; } = 4;

    public int PatchPadding { get; init; } = 3;

    /// <summary>Number of stages, after the first, that begin with query pooling.</summary>
    public int QueryPoolStages { get; init; } = 3;

    /// <summary>Pooling factor of a query-pooled block.</summary>
    public int QueryStride { get; init; } = 2;

    public float MlpRatio { get; init; } = 4;

    public float LayerNormEpsilon { get; init; } = 1e-6f;

    // A record would compare the lists by identity.
    public bool Equals(HieraTrunkConfig? other) =>
        other is not null
        && BlocksPerStage.SequenceEqual(other.BlocksPerStage)
        && WidthPerStage.SequenceEqual(other.WidthPerStage)
        && HeadsPerStage.SequenceEqual(other.HeadsPerStage)
        && WindowSizePerStage.SequenceEqual(other.WindowSizePerStage)
        && GlobalAttentionBlocks.SequenceEqual(other.GlobalAttentionBlocks)
        && (BackgroundPositionSize, PatchKernelSize, PatchStride, PatchPadding)
            == (other.BackgroundPositionSize, other.PatchKernelSize, other.PatchStride, other.PatchPadding)
        && (QueryPoolStages, QueryStride, MlpRatio, LayerNormEpsilon)
            == (other.QueryPoolStages, other.QueryStride, other.MlpRatio, other.LayerNormEpsilon);

    public override int GetHashCode() =>
        HashCode.Combine(WidthPerStage.Sum(), BlocksPerStage.Sum(), BackgroundPositionSize, PatchKernelSize, MlpRatio);
}

/// <summary>The prompt encoder.</summary>
internal sealed record PromptEncoderConfig
{
    /// <summary>Channels of the mask prompt before the last convolution.</summary>
    public int MaskInputChannels { get; init; } = 16;

    public float LayerNormEpsilon { get; init; } = 1e-6f;
}

/// <summary>The two-way transformer and its heads.</summary>
internal sealed record MaskDecoderConfig
{
    public int LayerCount { get; init; } = 2;

    public int HeadCount { get; init; } = 8;

    public int MlpSize { get; init; } = 2048;

    /// <summary>Factor by which cross attention narrows the channels.</summary>
    public int AttentionDownsampleRate { get; init; } = 2;

    /// <summary>Masks of a multimask answer; there is one more, the single mask.</summary>
    public int MultimaskOutputs { get; init; } = 3;

    public int IouHeadDepth { get; init; } = 3;

    public int IouHeadHiddenSize { get; init; } = 256;

    public bool DynamicMultimaskViaStability { get; init; } = true;

    public float DynamicMultimaskStabilityDelta { get; init; } = 0.05f;

    public float DynamicMultimaskStabilityThreshold { get; init; } = 0.98f;

    /// <summary>Mask tokens: the single mask first, then the multimask ones.</summary>
    public int MaskTokens => MultimaskOutputs + 1;
}
