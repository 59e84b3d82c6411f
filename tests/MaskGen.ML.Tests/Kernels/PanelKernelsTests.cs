using System.Runtime.InteropServices;
using MaskGen.ML.Kernels;

namespace MaskGen.ML.Tests.Kernels;

/// <summary>Every vector width that this machine runs, against plain loops.</summary>
public unsafe class PanelKernelsTests
{
    private const int Width = PanelKernels.PanelWidth;

    // Sums of some hundred products of order 1 in float32.
    private const double Tolerance = 2e-5;

    public static TheoryData<int> Widths { get; } = new(PanelKernels.All.Select(kernels => kernels.VectorWidth));

    [Theory]
    [MemberData(nameof(Widths))]
    public void MultiplyTile_AnyRowsAndSegments_GivesTheProduct(int width)
    {
        var kernels = Kernels(width);
        var native = stackalloc PanelSegment[3];
        for (var rows = 1; rows <= PanelKernels.TileRows; rows++)
        {
            foreach (int[] depths in new int[][] { [1], [16], [0, 5], [2, 57, 2], [7, 0, 3] })
            {
                var random = new Random(rows);
                var weights = Values(random, depths.Sum() * 8);
                var segments = depths
                    .Select((depth, i) => (Panel: Values(random, depth * Width), Scale: i % 2 == 0 ? Values(random, Width) : null))
                    .ToArray();
                var initial = rows % 2 == 0 ? Values(random, Width) : null;
                using var memory = new NativeArrays();
                for (var i = 0; i < depths.Length; i++)
                {
                    native[i] = new PanelSegment(
                        memory.Add(segments[i].Panel), depths[i], segments[i].Scale is { } scale ? memory.Add(scale) : null);
                }

                const int stride = 40;
                var result = memory.Add(new float[(rows + 1) * stride]);
                var start = initial is null ? null : memory.Add(initial);
                kernels.MultiplyTile(memory.Add(weights), native, depths.Length, rows, result, stride, start);

                var expected = PanelKernelsReference.MultiplyTile(weights, segments, rows, initial);
                for (var i = 0; i < expected.Length; i++)
                {
                    AssertNear(expected[i], result[(i / Width * stride) + (i % Width)]);
                }

                Assert.Equal(0, result[rows * stride]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void AccumulateOuter_AnyRows_AddsTheProduct(int width)
    {
        var kernels = Kernels(width);
        foreach (var (rows, vectors, panels) in new[] { (1, 1, 1), (4, 2, 3), (5, 3, 2), (8, 1, 1), (57, 4, 2), (13, 5, 1) })
        {
            var (random, lanes) = (new Random(rows), vectors * width);
            var coefficients = Values(random, panels * rows * Width);
            var transposed = Values(random, panels * Width * lanes);
            using var memory = new NativeArrays();
            var sums = memory.Add([.. Enumerable.Repeat(1f, rows * lanes)]);

            var tokens = new TokenRows(memory.Add(transposed), Width * lanes, lanes);
            kernels.AccumulateOuter(memory.Add(coefficients), rows * Width, rows, tokens, panels, lanes, sums);

            AssertNear(PanelKernelsReference.Outer(coefficients, rows, transposed, panels, lanes).Select(sum => sum + 1), sums);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void SoftmaxOverRows_AnyRows_SumsToOnePerLane(int width)
    {
        foreach (var rows in new[] { 1, 2, 7, 8, 21 })
        {
            var scores = Values(new Random(rows), rows * Width, 30);
            using var memory = new NativeArrays();
            var result = memory.Add(new float[rows * Width]);

            Kernels(width).SoftmaxOverRows(memory.Add(scores), rows, result, rows);

            AssertNear(PanelKernelsReference.Softmax(scores, rows), result, 3e-7);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void ExponentiateRows_ScoresOfAllSizes_GivesPowersOfTwoBelowTheMaximum(int width)
    {
        var kernels = Kernels(width);
        const int rows = 3, panels = 2;
        var scores = Values(new Random(1), panels * rows * Width, 90);
        scores[5] = float.NegativeInfinity;
        scores[9] = -1e30f;
        using var memory = new NativeArrays();
        var values = memory.Add(scores);
        var maxima = memory.Add(new float[rows]);
        var sums = memory.Add(new float[rows]);

        kernels.RowMaxima(values, rows * Width, rows, panels, maxima);
        kernels.ExponentiateRows(values, rows * Width, rows, panels, maxima, sums);

        for (var row = 0; row < rows; row++)
        {
            var indices = Enumerable.Range(0, scores.Length).Where(i => i / Width % rows == row).ToArray();
            var maximum = indices.Max(i => scores[i]);
            Assert.Equal(maximum, maxima[row]);
            foreach (var i in indices)
            {
                AssertNear(Math.Pow(2, (double)scores[i] - maximum), values[i], 2e-7);
            }

            AssertNear(indices.Sum(i => Math.Pow(2, (double)scores[i] - maximum)), sums[row]);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Transpose_AnyRows_PutsTokensFirst(int width)
    {
        foreach (var rows in new[] { 4, 5, 48, 64 })
        {
            var lanes = (rows + 15) / 16 * 16;
            var panel = Values(new Random(rows), rows * Width);
            using var memory = new NativeArrays();
            var transposed = memory.Add(new float[Width * lanes]);

            Kernels(width).Transpose(memory.Add(panel), rows, transposed, lanes);

            for (var i = 0; i < panel.Length; i++)
            {
                Assert.Equal(panel[i], transposed[(i % Width * lanes) + (i / Width)]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void AddNormalizeGelu_AnyChannels_GivesExactGeluOfTheNorm(int width)
    {
        foreach (var channels in new[] { 1, 8, 64 })
        {
            var random = new Random(channels);
            var (panel, basePanel, addend) = (Values(random, channels * Width, 3), Values(random, channels * Width, 3), Values(
                random, channels * Width, 3));
            var (scale, gain, bias) = (Values(random, Width), Values(random, channels), Values(random, channels));
            using var memory = new NativeArrays();
            var result = memory.Add(panel);

            Kernels(width).AddNormalizeGelu(
                result, channels, memory.Add(scale), memory.Add(basePanel), memory.Add(addend), memory.Add(gain), memory.Add(bias), 1e-6f);

            AssertNear(PanelKernelsReference.AddNormalizeGelu(panel, scale, basePanel, addend, gain, bias, 1e-6f), result, 2e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void GeluDot_AnyChannels_SumsExactGelu(int width)
    {
        foreach (var channels in new[] { 1, 4, 32 })
        {
            var random = new Random(channels);
            var (panel, addend, weights) = (Values(random, channels * Width, 4), Values(random, channels * Width, 4), Values(
                random, channels * 4));
            using var memory = new NativeArrays();
            var result = memory.Add(new float[4 * Width]);

            Kernels(width).GeluDot(memory.Add(panel), memory.Add(addend), channels, memory.Add(weights), result, Width);

            AssertNear(PanelKernelsReference.GeluDot(panel, addend, weights, channels), result);
        }
    }

    [Fact]
    public void Gelu_WholeRange_IsExactToFloatPrecision()
    {
        for (var x = -12f; x <= 12; x += 0.001f)
        {
            AssertNear(PanelKernelsReference.Gelu(x), GeluPolynomial.Gelu(x), 2e-7 * Math.Max(Math.Abs(x), 1));
        }
    }

    private static PanelKernels Kernels(int width) => PanelKernels.All.Single(kernels => kernels.VectorWidth == width);

    private static float[] Values(Random random, int count, float range = 1) =>
        [.. Enumerable.Range(0, count).Select(_ => ((2 * random.NextSingle()) - 1) * range)];

    private static void AssertNear(double expected, double actual, double tolerance = Tolerance) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected)), $"Expected {expected}, found {actual}.");

    private static void AssertNear(IEnumerable<double> expected, float* actual, double tolerance = Tolerance)
    {
        foreach (var value in expected)
        {
            AssertNear(value, *actual++, tolerance);
        }
    }

    // Copies of arrays in native memory with the slack that kernels may read.
    private sealed class NativeArrays : IDisposable
    {
        private readonly List<AlignedBuffer> _buffers = [];

        public float* Add(float[] values)
        {
            var buffer = new AlignedBuffer(values.Length);
            values.CopyTo(MemoryMarshal.CreateSpan(ref *buffer.Pointer, values.Length));
            _buffers.Add(buffer);
            return buffer.Pointer;
        }

        public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());
    }
}
