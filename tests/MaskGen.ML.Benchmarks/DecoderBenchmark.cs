using System.Diagnostics;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Sam2;
using MaskGen.ML.Tests;

namespace MaskGen.ML.Benchmarks;

/// <summary>The decoder's table, for the tiny architecture with formula weights: <c>MaskGen.ML.Benchmarks decoder</c>.</summary>
internal static class DecoderBenchmark
{
    private const string BaselineVariable = "MASKGEN_BASELINE_ONNX";
    private const int Threads = 2;

    public static void Run()
    {
        var config = BenchmarkScale.Config;
        using var weights = FormulaWeights(config);
        var image = FormulaImage(config);
        var path = Environment.GetEnvironmentVariable(BaselineVariable);
        var options = new Sam2SessionOptions { ThreadCount = Threads };
        IDecoderOpponent opponent = string.IsNullOrEmpty(path) || BenchmarkScale.IsDryRun
            ? new PlainGraphDecoder(new PlainMaskDecoder(config, weights, options), image)
            : new ExportedDecoder(path, image, config, Threads);
        using var comparison = new DecoderComparison(config, image, new FusedMaskDecoder(weights, config, options), opponent, Threads);
        comparison.Run();
        Nano();
        DecoderMemory.Report();
    }

    private static void Nano()
    {
        using var generator = new AutomaticMaskGenerator(new() { PointsPerSide = BenchmarkScale.PointsPerSide });
        var image = RgbImage.Load(BenchmarkScale.Image);
        for (var run = 1; run <= BenchmarkScale.Times(2); run++)
        {
            var start = Stopwatch.GetTimestamp();
            var masks = generator.Generate(image);
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine($"everything with the nano model, {image.Size}, run {run}: {seconds:F2} s, {masks.Count} masks");
        }
    }

    internal static FormulaCheckpoint FormulaWeights(Sam2ModelConfig config) =>
        new(Sam2CheckpointContract.RequiredTensors(config).ToDictionary(
            tensor => tensor.Key,
            tensor => new Checkpoints.TensorDescription(Checkpoints.TensorElementType.Float32, tensor.Value.Shape)));

    /// <summary>An embedding and features of about the spread that the encoder gives with formula weights.</summary>
    internal static EncodedImage FormulaImage(Sam2ModelConfig config)
    {
        var random = new Random(11);
        float[] Values(int count, float range) => [.. Enumerable.Range(0, count).Select(_ => ((2 * random.NextSingle()) - 1) * range)];
        var tokens = config.EmbeddingSize * config.EmbeddingSize;
        return new EncodedImage(
            new ImageSize(config.ImageSize, config.ImageSize),
            config.ImageSize,
            Values(config.HiddenSize * tokens, 6),
            Values(config.HiddenSize / 8 * tokens * 16, 2.4f),
            Values(config.HiddenSize / 4 * tokens * 4, 2.4f));
    }
}
