using System.Runtime.CompilerServices;

namespace MaskGen.ML.Kernels;

/// <summary>Element-wise steps, each lane for itself.</summary>
internal sealed unsafe partial class PanelKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AccumulateRowProducts(float* left, float* right, int rows, float* sums)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            var sum = TSimd.Load(sums + lane);
            for (var row = 0; row < rows; row++)
            {
                sum = TSimd.MultiplyAdd(TSimd.Load(left + (row * PanelWidth) + lane), TSimd.Load(right + (row * PanelWidth) + lane), sum);
            }

            TSimd.Store(sum, sums + lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScaleRows(float* panel, int rows, float* factors)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            var factor = TSimd.Load(factors + lane);
            for (var row = 0; row < rows; row++)
            {
                var element = panel + (row * PanelWidth) + lane;
                TSimd.Store(TSimd.Multiply(TSimd.Load(element), factor), element);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ScaleLanes(float* matrix, int rows, int lanes, float* factors)
    {
        for (var row = 0; row < rows; row++, matrix += lanes)
        {
            for (var lane = 0; lane < lanes; lane += TSimd.Width)
            {
                TSimd.Store(TSimd.Multiply(TSimd.Load(matrix + lane), TSimd.Load(factors + lane)), matrix + lane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void CenterRows(float* panel, int rows, float* gain)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            var sum = TSimd.Zero;
            for (var row = 0; row < rows; row++)
            {
                sum = TSimd.Add(sum, TSimd.Load(panel + (row * PanelWidth) + lane));
            }

            var mean = TSimd.Multiply(sum, TSimd.Broadcast(1f / rows));
            for (var row = 0; row < rows; row++)
            {
                var element = panel + (row * PanelWidth) + lane;
                var centered = TSimd.Subtract(TSimd.Load(element), mean);
                TSimd.Store(gain == null ? centered : TSimd.Multiply(centered, TSimd.Broadcast(gain[row])), element);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddRows(float* panel, float* addend, int rows)
    {
        for (var offset = 0; offset < rows * PanelWidth; offset += TSimd.Width)
        {
            TSimd.Store(TSimd.Add(TSimd.Load(panel + offset), TSimd.Load(addend + offset)), panel + offset);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void InverseDeviations(float* sumsOfSquares, int count, float epsilon, float* factors)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            // A sum of squares that was expanded into products may come out a rounding error below zero.
            var variance = TSimd.Divide(TSimd.Max(TSimd.Load(sumsOfSquares + lane), TSimd.Zero), TSimd.Broadcast(count));
            TSimd.Store(TSimd.Divide(TSimd.Broadcast(1), TSimd.Sqrt(TSimd.Add(variance, TSimd.Broadcast(epsilon)))), factors + lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddNormalizeGelu(float* panel, int channels, float* scale, float* basePanel, float* addend, float* gain, float* bias, float epsilon)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            var factor = TSimd.Load(scale + lane);
            var sum = TSimd.Zero;
            for (var offset = lane; offset < channels * PanelWidth; offset += PanelWidth)
            {
                var value = TSimd.MultiplyAdd(factor, TSimd.Load(basePanel + offset), TSimd.Add(TSimd.Load(panel + offset), TSimd.Load(addend + offset)));
                TSimd.Store(value, panel + offset);
                sum = TSimd.Add(sum, value);
            }

            var inverseCount = TSimd.Broadcast(1f / channels);
            var mean = TSimd.Multiply(sum, inverseCount);
            var squares = TSimd.Zero;
            for (var offset = lane; offset < channels * PanelWidth; offset += PanelWidth)
            {
                var centered = TSimd.Subtract(TSimd.Load(panel + offset), mean);
                squares = TSimd.MultiplyAdd(centered, centered, squares);
            }

            var deviation = TSimd.Sqrt(TSimd.MultiplyAdd(squares, inverseCount, TSimd.Broadcast(epsilon)));
            var inverse = TSimd.Divide(TSimd.Broadcast(1), deviation);
            for (var channel = 0; channel < channels; channel++)
            {
                var element = panel + (channel * PanelWidth) + lane;
                var normal = TSimd.Multiply(TSimd.Subtract(TSimd.Load(element), mean), inverse);
                TSimd.Store(Gelu(TSimd.MultiplyAdd(normal, TSimd.Broadcast(gain[channel]), TSimd.Broadcast(bias[channel]))), element);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void GeluDot(float* panel, float* addend, int channels, float* weights, float* result, nint resultStride)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            TVector sum0 = TSimd.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
            var weight = weights;
            for (var offset = lane; offset < channels * PanelWidth; offset += PanelWidth, weight += 4)
            {
                var value = Gelu(TSimd.Add(TSimd.Load(panel + offset), TSimd.Load(addend + offset)));
                sum0 = TSimd.MultiplyAdd(TSimd.Broadcast(weight[0]), value, sum0);
                sum1 = TSimd.MultiplyAdd(TSimd.Broadcast(weight[1]), value, sum1);
                sum2 = TSimd.MultiplyAdd(TSimd.Broadcast(weight[2]), value, sum2);
                sum3 = TSimd.MultiplyAdd(TSimd.Broadcast(weight[3]), value, sum3);
            }

            TSimd.Store(sum0, result + lane);
            TSimd.Store(sum1, result + lane + resultStride);
            TSimd.Store(sum2, result + lane + (2 * resultStride));
            TSimd.Store(sum3, result + lane + (3 * resultStride));
        }
    }

    /// <summary>x Phi(x), the exact GELU, to float32 precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Gelu(TVector x)
    {
        var clamped = TSimd.Min(TSimd.Max(x, TSimd.Broadcast(-GeluPolynomial.Range)), TSimd.Broadcast(GeluPolynomial.Range));
        var u = TSimd.MultiplyAdd(TSimd.Multiply(clamped, clamped), TSimd.Broadcast(2 / (GeluPolynomial.Range * GeluPolynomial.Range)), TSimd.Broadcast(-1));
        var h = TSimd.Broadcast(GeluPolynomial.Coefficients[0]);
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[1]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[2]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[3]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[4]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[5]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[6]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[7]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[8]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[9]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[10]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[11]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[12]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[13]));
        h = TSimd.MultiplyAdd(h, u, TSimd.Broadcast(GeluPolynomial.Coefficients[14]));
        return TSimd.Multiply(x, TSimd.MultiplyAdd(clamped, h, TSimd.Broadcast(0.5f)));
    }
}
