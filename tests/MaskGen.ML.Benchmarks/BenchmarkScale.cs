using MaskGen.ML.Sam2;

namespace MaskGen.ML.Benchmarks;

/// <summary>How much the benchmarks do: enough for a figure, or, in a dry run, the least that goes through all of their code.</summary>
internal static class BenchmarkScale
{
    public const string DryRunArgument = "--dry-run";

    public static bool IsDryRun { get; set; }

    /// <summary>The tiny architecture; in a dry run one that encodes and decodes in milliseconds.</summary>
    public static Sam2ModelConfig Config => IsDryRun
        ? new Sam2ModelConfig
        {
            ImageSize = 128,
            HiddenSize = 32,
            Trunk = new HieraTrunkConfig
            {
                BlocksPerStage = [1, 1, 1, 1],
                WidthPerStage = [16, 32, 64, 128],
                HeadsPerStage = [1, 2, 4, 8],
                WindowSizePerStage = [8, 4, 8, 4],
                GlobalAttentionBlocks = [],
            },
            MaskDecoder = new MaskDecoderConfig { MlpSize = 64, IouHeadHiddenSize = 32 },
        }
        : new Sam2ModelConfig();

    /// <summary>A rendered image of 960 x 640; in a dry run one of few pixels.</summary>
    public static string Image => Path.Combine(AppContext.BaseDirectory, IsDryRun ? "scene.png" : "still-life.png");

    /// <summary>Points per side of the grid for segmenting everything; in a dry run hardly any.</summary>
    public static int PointsPerSide => IsDryRun ? 2 : new AutomaticMaskGenerationOptions().PointsPerSide;

    /// <summary>Arguments of a process that goes on in the same way.</summary>
    public static string[] ChildArguments(params string[] arguments) => IsDryRun ? [DryRunArgument, .. arguments] : arguments;

    /// <summary>Of something that is done often.</summary>
    public static int Times(int usual) => IsDryRun ? 1 : usual;
}
