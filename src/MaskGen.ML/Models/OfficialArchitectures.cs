using MaskGen.ML.Sam2;

namespace MaskGen.ML.Models;

/// <summary>The four sizes that SAM 2 was published in; SAM 2 and SAM 2.1 share them.</summary>
/// <remarks>Source: the configurations of facebookresearch/sam2 2b90b9f, sam2/configs.</remarks>
internal static class OfficialArchitectures
{
    /// <summary>Configuration by size.</summary>
    public static IReadOnlyDictionary<string, Sam2ModelConfig> BySize { get; } = new Dictionary<string, Sam2ModelConfig>
    {
        ["tiny"] = new(),
        ["small"] = new()
        {
            Trunk = new HieraTrunkConfig { BlocksPerStage = [1, 2, 11, 2], GlobalAttentionBlocks = [7, 10, 13] },
        },
        ["base_plus"] = new()
        {
            Trunk = new HieraTrunkConfig
            {
                BlocksPerStage = [2, 3, 16, 3],
                WidthPerStage = [112, 224, 448, 896],
                HeadsPerStage = [2, 4, 8, 16],
                GlobalAttentionBlocks = [12, 16, 20],
                BackgroundPositionSize = (14, 14),
            },
        },
        ["large"] = new()
        {
            Trunk = new HieraTrunkConfig
            {
                BlocksPerStage = [2, 6, 36, 4],
                WidthPerStage = [144, 288, 576, 1152],
                HeadsPerStage = [2, 4, 8, 16],
                WindowSizePerStage = [8, 4, 16, 8],
                GlobalAttentionBlocks = [23, 33, 43],
            },
        },
    };

    /// <summary>Name of an official size, or null for any other configuration.</summary>
    public static string? SizeOf(Sam2ModelConfig config) =>
        BySize.Where(official => official.Value == config).Select(official => official.Key).FirstOrDefault();
}
