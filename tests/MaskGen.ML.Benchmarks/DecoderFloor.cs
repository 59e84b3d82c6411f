using System.Diagnostics;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Kernels;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Benchmarks;

/// <summary>How fast decoding could be: multiply-adds that matrix products need, at the rate at which this machine does them.</summary>
internal static class DecoderFloor
{
    private const int Depth = 256;
    private static readonly int Tiles = BenchmarkScale.IsDryRun ? 20 : 20_000;

    // One point and the padding point.
    private const int Points = 2;

    /// <summary>Flops per second of the matrix kernel on data that stays in cache.</summary>
    public static unsafe double MeasureRate(int threads)
    {
        double best = 0;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var start = Stopwatch.GetTimestamp();
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
            {
                using var buffer = new AlignedBuffer(Depth * (PanelKernels.PanelWidth + PanelKernels.TileRows) * 2);
                var segment = new PanelSegment(buffer.Pointer, Depth);
                var packed = buffer.Pointer + (Depth * PanelKernels.PanelWidth);
                for (var tile = 0; tile < Tiles; tile++)
                {
                    PanelKernels.Best.MultiplyTile(
                        packed, &segment, 1, PanelKernels.TileRows, packed + (Depth * PanelKernels.TileRows), PanelKernels.PanelWidth);
                }
            });
            var flops = 2.0 * threads * Tiles * Depth * PanelKernels.PanelWidth * PanelKernels.TileRows;
            best = Math.Max(best, flops / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    /// <summary>Flops per point of the algebra that forms image tokens, with everything hoisted that the image alone decides.</summary>
    public static double PlainTransformer(Sam2ModelConfig config)
    {
        var (sizes, rows) = Rows(config);
        // Image-to-token output per layer; scores both ways and values from the second layer on; scores and values at the end.
        var wide = sizes.Layers + (3 * (sizes.Layers - 1)) + 2;
        var firstLayer = 3 * sizes.Cross * (rows / sizes.Heads);
        return (2.0 * sizes.ImageTokens * ((sizes.Hidden * rows * wide) + firstLayer)) + TokenSide(config);
    }

    public static double PlainUpscaling(Sam2ModelConfig config)
    {
        var sizes = new DecoderSizes(config);
        return (2.0 * sizes.ImageTokens * sizes.Hidden * 4 * sizes.FirstUpscaled) + SecondConvolution(sizes);
    }

    /// <summary>Flops per point of the algebra of docs/decoder.md.</summary>
    public static double Transformer(Sam2ModelConfig config)
    {
        var sizes = new DecoderSizes(config);
        var layout = new PromptLayout(sizes, sizes.OutputTokens + Points);
        double perToken = 0;
        for (var pass = 0; pass <= sizes.Layers; pass++)
        {
            var readers = sizes.Heads * (pass == sizes.Layers ? sizes.OutputTokens : layout.PromptTokens);
            var updated = sizes.Heads * layout.PromptTokens;
            var depth = pass * layout.LayerRows;
            var position = pass > 0 ? sizes.HeadSize : 0;
            perToken += readers * ((2 * sizes.HeadSize) + position + (2 * depth));
            if (pass > 0)
            {
                var earlier = depth - layout.LayerRows;
                perToken += updated * (sizes.HeadSize + earlier + (pass > 1 ? sizes.HeadSize : 0));
                perToken += (updated * pass * sizes.HeadSize) + (depth * depth / 2);
            }
        }

        return (2 * perToken * sizes.ImageTokens) + TokenSide(config);
    }

    public static double Upscaling(Sam2ModelConfig config)
    {
        var sizes = new DecoderSizes(config);
        var layout = new PromptLayout(sizes, sizes.OutputTokens + Points);
        return (2.0 * sizes.ImageTokens * sizes.Layers * layout.LayerRows * 4 * sizes.FirstUpscaled) + SecondConvolution(sizes);
    }

    public static void Report(string part, double seconds, double plainFlops, double flops, double rate) =>
        Console.WriteLine(
            $"{part,-11} | {1e3 * seconds,12:F3} | {plainFlops / 1e6,20:F0} | {seconds * rate / plainFlops,15:F2} "
            + $"| {flops / 1e6,11:F0} | {seconds * rate / flops,15:F2}");

    private static (DecoderSizes Sizes, int Rows) Rows(Sam2ModelConfig config)
    {
        var sizes = new DecoderSizes(config);
        return (sizes, sizes.Heads * (sizes.OutputTokens + Points));
    }

    /// <summary>Projections and perceptrons of the prompt tokens, and the heads.</summary>
    private static double TokenSide(Sam2ModelConfig config)
    {
        var sizes = new DecoderSizes(config);
        double hidden = sizes.Hidden;
        var perLayer = (4 * hidden * hidden) + (4 * hidden * sizes.Cross) + (2 * hidden * config.MaskDecoder.MlpSize);
        var perToken = (sizes.Layers * perLayer) + (2 * hidden * sizes.Cross);
        var heads = (2 + sizes.MaskTokens) * 2 * hidden * hidden;
        return 2 * (((sizes.OutputTokens + Points) * perToken) + heads);
    }

    private static double SecondConvolution(DecoderSizes sizes) =>
        2.0 * sizes.ImageTokens * 4 * sizes.SecondUpscaled * ((4 * sizes.FirstUpscaled) + (4 * 3));
}
