using System.Diagnostics;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Kernels;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Benchmarks;

/// <summary>How fast decoding could be: multiply-adds that matrix products need, at the rate at which this machine does them.</summary>
internal static class DecoderFloor
{
    private const int Depth = 256;
    private const int Tiles = 20_000;

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
                var weights = buffer.Pointer + (Depth * PanelKernels.PanelWidth);
                for (var tile = 0; tile < Tiles; tile++)
                {
                    PanelKernels.Best.MultiplyTile(
                        weights, &segment, 1, PanelKernels.TileRows, weights + (Depth * PanelKernels.TileRows), PanelKernels.PanelWidth);
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
        var (geometry, rows) = Rows(config);
        // Image-to-token output per layer; scores both ways and values from the second layer on; scores and values at the end.
        var wide = geometry.Layers + (3 * (geometry.Layers - 1)) + 2;
        var firstLayer = 3 * geometry.Cross * (rows / geometry.Heads);
        return (2.0 * geometry.Tokens * ((geometry.Hidden * rows * wide) + firstLayer)) + TokenSide(config);
    }

    public static double PlainUpscaling(Sam2ModelConfig config)
    {
        var geometry = new DecoderGeometry(config);
        return (2.0 * geometry.Tokens * geometry.Hidden * 4 * geometry.FirstUpscaled) + SecondConvolution(geometry);
    }

    /// <summary>Flops per point of the algebra of docs/decoder.md.</summary>
    public static double Transformer(Sam2ModelConfig config)
    {
        var geometry = new DecoderGeometry(config);
        var plan = new TokenPlan(geometry, geometry.OutputTokens + Points);
        double perToken = 0;
        for (var pass = 0; pass <= geometry.Layers; pass++)
        {
            var readers = geometry.Heads * (pass == geometry.Layers ? geometry.OutputTokens : plan.Tokens);
            var updated = geometry.Heads * plan.Tokens;
            var depth = pass * plan.BlockRows;
            var position = pass > 0 ? geometry.HeadSize : 0;
            perToken += readers * ((2 * geometry.HeadSize) + position + (2 * depth));
            if (pass > 0)
            {
                var earlier = depth - plan.BlockRows;
                perToken += updated * (geometry.HeadSize + earlier + (pass > 1 ? geometry.HeadSize : 0));
                perToken += (updated * pass * geometry.HeadSize) + (depth * depth / 2);
            }
        }

        return (2 * perToken * geometry.Tokens) + TokenSide(config);
    }

    public static double Upscaling(Sam2ModelConfig config)
    {
        var geometry = new DecoderGeometry(config);
        var plan = new TokenPlan(geometry, geometry.OutputTokens + Points);
        return (2.0 * geometry.Tokens * geometry.Layers * plan.BlockRows * 4 * geometry.FirstUpscaled) + SecondConvolution(geometry);
    }

    public static void Report(string part, double seconds, double plainFlops, double flops, double rate) =>
        Console.WriteLine(
            $"{part,-11} | {1e3 * seconds,12:F3} | {plainFlops / 1e6,20:F0} | {seconds * rate / plainFlops,15:F2} "
            + $"| {flops / 1e6,11:F0} | {seconds * rate / flops,15:F2}");

    private static (DecoderGeometry Geometry, int Rows) Rows(Sam2ModelConfig config)
    {
        var geometry = new DecoderGeometry(config);
        return (geometry, geometry.Heads * (geometry.OutputTokens + Points));
    }

    /// <summary>Projections and perceptrons of the prompt tokens, and the heads.</summary>
    private static double TokenSide(Sam2ModelConfig config)
    {
        var geometry = new DecoderGeometry(config);
        double hidden = geometry.Hidden;
        var perLayer = (4 * hidden * hidden) + (4 * hidden * geometry.Cross) + (2 * hidden * config.MaskDecoder.MlpSize);
        var perToken = (geometry.Layers * perLayer) + (2 * hidden * geometry.Cross);
        var heads = (2 + geometry.MaskTokens) * 2 * hidden * hidden;
        return 2 * (((geometry.OutputTokens + Points) * perToken) + heads);
    }

    private static double SecondConvolution(DecoderGeometry geometry) =>
        2.0 * geometry.Tokens * 4 * geometry.SecondUpscaled * ((4 * geometry.FirstUpscaled) + (4 * 3));
}
