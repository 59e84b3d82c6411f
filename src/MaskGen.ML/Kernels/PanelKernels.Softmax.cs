using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MaskGen.ML.Kernels;

/// <summary>Exponentials, in base 2: callers fold log2(e) into what they multiply anyway.</summary>
internal sealed unsafe partial class PanelKernels<TSimd, TVector>
{
    // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits of the sum.
    private const float RoundingShift = 12582912f;

    // 2^-126 is the smallest normal number: what is below counts as nothing, and never becomes a denormal.
    private const float SmallestExponent = -126f;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SoftmaxOverRows(float* scores, int rows, float* result, int resultRows)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            var column = scores + lane;
            var maximum = TSimd.Load(column);
            for (var row = 1; row < rows; row++)
            {
                maximum = TSimd.Max(maximum, TSimd.Load(column + (row * PanelWidth)));
            }

            var sum = TSimd.Zero;
            for (var row = 0; row < rows; row++)
            {
                var power = PowerOfTwo(TSimd.Subtract(TSimd.Load(column + (row * PanelWidth)), maximum));
                sum = TSimd.Add(sum, power);
                TSimd.Store(power, column + (row * PanelWidth));
            }

            var share = TSimd.Divide(TSimd.Broadcast(1), sum);
            for (var row = 0; row < resultRows; row++)
            {
                TSimd.Store(TSimd.Multiply(TSimd.Load(column + (row * PanelWidth)), share), result + lane + (row * PanelWidth));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void RowMaxima(float* values, nint panelStride, int rows, int panels, float* maxima)
    {
        for (var row = 0; row < rows; row++)
        {
            var source = values + (row * PanelWidth);
            var maximum = TSimd.Load(source);
            for (var panel = 0; panel < panels; panel++, source += panelStride)
            {
                for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
                {
                    maximum = TSimd.Max(maximum, TSimd.Load(source + lane));
                }
            }

            maxima[row] = TSimd.MaxAcross(maximum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void ExponentiateRows(float* values, nint panelStride, int rows, int panels, float* maxima, float* sums)
    {
        for (var row = 0; row < rows; row++)
        {
            var target = values + (row * PanelWidth);
            var maximum = TSimd.Broadcast(maxima[row]);
            TVector even = TSimd.Zero, odd = TSimd.Zero;
            for (var panel = 0; panel < panels; panel++, target += panelStride)
            {
                for (var lane = 0; lane < PanelWidth; lane += 2 * TSimd.Width)
                {
                    var first = PowerOfTwo(TSimd.Subtract(TSimd.Load(target + lane), maximum));
                    var second = PowerOfTwo(TSimd.Subtract(TSimd.Load(target + lane + TSimd.Width), maximum));
                    even = TSimd.Add(even, first);
                    odd = TSimd.Add(odd, second);
                    TSimd.Store(first, target + lane);
                    TSimd.Store(second, target + lane + TSimd.Width);
                }
            }

            sums[row] += TSimd.Sum(TSimd.Add(even, odd));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Transpose(float* panel, int rows, float* transposed, int lanes)
    {
        for (var row = 0; row < rows; row += 4)
        {
            var source = panel + (row * PanelWidth);
            var target = transposed + row;
            for (var token = 0; token < PanelWidth; token += 4, target += 4 * lanes)
            {
                var r0 = Vector128.Load(source + token);
                var r1 = Vector128.Load(source + token + PanelWidth);
                var r2 = Vector128.Load(source + token + (2 * PanelWidth));
                var r3 = Vector128.Load(source + token + (3 * PanelWidth));
                Transpose4(ref r0, ref r1, ref r2, ref r3);
                r0.Store(target);
                r1.Store(target + lanes);
                r2.Store(target + (2 * lanes));
                r3.Store(target + (3 * lanes));
            }
        }
    }

    /// <summary>2^value for value of at most about 100, to 1e-7 relative: the fraction in [-1/2, 1/2] by a polynomial of degree 6
    /// (Chebyshev interpolation), the integer part added to the exponent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector PowerOfTwo(TVector value)
    {
        value = TSimd.Max(value, TSimd.Broadcast(SmallestExponent));
        var shift = TSimd.Broadcast(RoundingShift);
        var shifted = TSimd.Add(value, shift);
        var fraction = TSimd.Subtract(value, TSimd.Subtract(shifted, shift));
        var power = TSimd.Broadcast(0.000154697322f);
        power = TSimd.MultiplyAdd(power, fraction, TSimd.Broadcast(0.00134004327f));
        power = TSimd.MultiplyAdd(power, fraction, TSimd.Broadcast(0.00961802527f));
        power = TSimd.MultiplyAdd(power, fraction, TSimd.Broadcast(0.0555032715f));
        power = TSimd.MultiplyAdd(power, fraction, TSimd.Broadcast(0.240226507f));
        power = TSimd.MultiplyAdd(power, fraction, TSimd.Broadcast(0.693147182f));
        power = TSimd.MultiplyAdd(power, fraction, TSimd.Broadcast(1));
        return TSimd.ScaleByPowerOfTwo(power, shifted);
    }
}
