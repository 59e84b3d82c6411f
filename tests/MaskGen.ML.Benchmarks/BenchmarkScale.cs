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

    /// <summary>Arguments of a process that goes on in the same way.</summary>
    public static string[] ChildArguments(params string[] arguments) => IsDryRun ? [DryRunArgument, .. arguments] : arguments;

    /// <summary>Of something that is done often.</summary>
    public static int Times(int usual) => IsDryRun ? 1 : usual;
}
