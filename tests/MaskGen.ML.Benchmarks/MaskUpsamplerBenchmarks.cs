using BenchmarkDotNet.Attributes;
using MaskGen.ML.Masks;
using MaskGen.ML.Tests.Masks;

namespace MaskGen.ML.Benchmarks;

/// <summary>The image-side kernel against its naive twin, which makes a whole image of floats: one mask of a 1800x1200 image.</summary>
[MemoryDiagnoser]
public class MaskUpsamplerBenchmarks
{
    private const int MaskSize = 256;
    private static readonly ImageSize Target = new(1800, 1200);
    private static readonly MaskCut Cut = new(0, 1);
    private readonly MaskUpsampler _upsampler = new(MaskSize, Target);
    private readonly float[] _logits = Blob(MaskSize);

    [Benchmark(Baseline = true)]
    public int Naive()
    {
        var logits = NaiveMaskUpsampler.Upsample(_logits, MaskSize, Target);
        var (strict, lenient) = (logits.Count(logit => logit > Cut.Strict), logits.Count(logit => logit > Cut.Lenient));
        var mask = RunLengthEncoding.FromMask(Target, Array.ConvertAll(logits, logit => logit > Cut.Threshold));
        return mask.Counts.Length + strict + lenient;
    }

    [Benchmark]
    public int Fused() => _upsampler.Measure(_logits, Cut).Mask.Counts.Length;

    // A wavy disc in the middle: one object with an edge, as a mask usually is.
    internal static float[] Blob(int size) =>
    [
        .. Enumerable.Range(0, size * size).Select(i =>
        {
            var (x, y) = (((i % size) * 256f / size) - 120, ((i / size) * 256f / size) - 130);
            return (float)(60 + (8 * Math.Sin(Math.Atan2(y, x) * 9)) - Math.Sqrt((x * x) + (y * y)));
        }),
    ];
}
