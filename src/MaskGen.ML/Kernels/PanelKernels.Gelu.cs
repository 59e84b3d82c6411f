using System.Runtime.CompilerServices;

namespace MaskGen.ML.Kernels;

/// <summary>Steps that end in the exact GELU. Its polynomial is one long chain, so four vectors are taken through it side by
/// side.</summary>
internal sealed unsafe partial class PanelKernels<TSimd, TVector>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddNormalizeGelu(
        float* panel, int channels, float* scale, float* basePanel, float* addend, float* gain, float* bias, float epsilon)
    {
        // Two vectors of lanes at a time: sums over channels are chains too.
        for (var lane = 0; lane < PanelWidth; lane += 2 * TSimd.Width)
        {
            TVector factor0 = TSimd.Load(scale + lane), factor1 = TSimd.Load(scale + lane + TSimd.Width);
            TVector sum0 = TSimd.Zero, sum1 = sum0;
            for (var offset = lane; offset < channels * PanelWidth; offset += PanelWidth)
            {
                sum0 = TSimd.Add(sum0, AddScaled(panel + offset, factor0, basePanel + offset, addend + offset));
                var next = offset + TSimd.Width;
                sum1 = TSimd.Add(sum1, AddScaled(panel + next, factor1, basePanel + next, addend + next));
            }

            var inverseCount = TSimd.Broadcast(1f / channels);
            TVector mean0 = TSimd.Multiply(sum0, inverseCount), mean1 = TSimd.Multiply(sum1, inverseCount);
            TVector squares0 = TSimd.Zero, squares1 = squares0;
            for (var offset = lane; offset < channels * PanelWidth; offset += PanelWidth)
            {
                var centered0 = TSimd.Subtract(TSimd.Load(panel + offset), mean0);
                var centered1 = TSimd.Subtract(TSimd.Load(panel + offset + TSimd.Width), mean1);
                squares0 = TSimd.MultiplyAdd(centered0, centered0, squares0);
                squares1 = TSimd.MultiplyAdd(centered1, centered1, squares1);
            }

            var deviation0 = TSimd.Sqrt(TSimd.MultiplyAdd(squares0, inverseCount, TSimd.Broadcast(epsilon)));
            var deviation1 = TSimd.Sqrt(TSimd.MultiplyAdd(squares1, inverseCount, TSimd.Broadcast(epsilon)));
            ScaleAndActivate(panel + lane, channels, mean0, TSimd.Divide(TSimd.Broadcast(1), deviation0), gain, bias);
            ScaleAndActivate(panel + lane + TSimd.Width, channels, mean1, TSimd.Divide(TSimd.Broadcast(1), deviation1), gain, bias);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void GeluDot(float* panel, float* addend, int channels, float* weights, float* result, nint resultStride)
    {
        for (var lane = 0; lane < PanelWidth; lane += TSimd.Width)
        {
            TVector sum0 = TSimd.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
            for (var channel = 0; channel < channels; channel += 4)
            {
                var offset = (channel * PanelWidth) + lane;
                var valid = channels - channel;
                var value0 = TSimd.Add(TSimd.Load(panel + offset), TSimd.Load(addend + offset));
                var value1 = TSimd.Add(TSimd.Load(panel + offset + PanelWidth), TSimd.Load(addend + offset + PanelWidth));
                var value2 = TSimd.Add(TSimd.Load(panel + offset + (2 * PanelWidth)), TSimd.Load(addend + offset + (2 * PanelWidth)));
                var value3 = TSimd.Add(TSimd.Load(panel + offset + (3 * PanelWidth)), TSimd.Load(addend + offset + (3 * PanelWidth)));
                Gelu(ref value0, ref value1, ref value2, ref value3);
                var weight = weights + (channel * 4);
                AddWeighted(value0, weight, ref sum0, ref sum1, ref sum2, ref sum3);
                if (valid >= 4)
                {
                    AddWeighted(value1, weight + 4, ref sum0, ref sum1, ref sum2, ref sum3);
                    AddWeighted(value2, weight + 8, ref sum0, ref sum1, ref sum2, ref sum3);
                    AddWeighted(value3, weight + 12, ref sum0, ref sum1, ref sum2, ref sum3);
                    continue;
                }

                if (valid > 1)
                {
                    AddWeighted(value1, weight + 4, ref sum0, ref sum1, ref sum2, ref sum3);
                }

                if (valid > 2)
                {
                    AddWeighted(value2, weight + 8, ref sum0, ref sum1, ref sum2, ref sum3);
                }
            }

            TSimd.Store(sum0, result + lane);
            TSimd.Store(sum1, result + lane + resultStride);
            TSimd.Store(sum2, result + lane + (2 * resultStride));
            TSimd.Store(sum3, result + lane + (3 * resultStride));
        }
    }

    /// <summary>GELU of <c>(x - mean) * inverse * gain + bias</c>, channel by channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleAndActivate(float* column, int channels, TVector mean, TVector inverse, float* gain, float* bias)
    {
        var channel = 0;
        for (; channel + 4 <= channels; channel += 4)
        {
            var element = column + (channel * PanelWidth);
            var value0 = Affine(element, mean, inverse, gain[channel], bias[channel]);
            var value1 = Affine(element + PanelWidth, mean, inverse, gain[channel + 1], bias[channel + 1]);
            var value2 = Affine(element + (2 * PanelWidth), mean, inverse, gain[channel + 2], bias[channel + 2]);
            var value3 = Affine(element + (3 * PanelWidth), mean, inverse, gain[channel + 3], bias[channel + 3]);
            Gelu(ref value0, ref value1, ref value2, ref value3);
            TSimd.Store(value0, element);
            TSimd.Store(value1, element + PanelWidth);
            TSimd.Store(value2, element + (2 * PanelWidth));
            TSimd.Store(value3, element + (3 * PanelWidth));
        }

        for (; channel < channels; channel++)
        {
            var element = column + (channel * PanelWidth);
            var value = Affine(element, mean, inverse, gain[channel], bias[channel]);
            TVector other0 = value, other1 = value, other2 = value;
            Gelu(ref value, ref other0, ref other1, ref other2);
            TSimd.Store(value, element);
        }
    }

    /// <summary>Adds <c>factor * base + addend</c> to an element, and returns it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AddScaled(float* element, TVector factor, float* baseElement, float* addend)
    {
        var value = TSimd.MultiplyAdd(factor, TSimd.Load(baseElement), TSimd.Add(TSimd.Load(element), TSimd.Load(addend)));
        TSimd.Store(value, element);
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Affine(float* element, TVector mean, TVector inverse, float gain, float bias) =>
        TSimd.MultiplyAdd(TSimd.Multiply(TSimd.Subtract(TSimd.Load(element), mean), inverse), TSimd.Broadcast(gain), TSimd.Broadcast(bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddWeighted(TVector value, float* weight, ref TVector sum0, ref TVector sum1, ref TVector sum2, ref TVector sum3)
    {
        sum0 = TSimd.MultiplyAdd(TSimd.Broadcast(weight[0]), value, sum0);
        sum1 = TSimd.MultiplyAdd(TSimd.Broadcast(weight[1]), value, sum1);
        sum2 = TSimd.MultiplyAdd(TSimd.Broadcast(weight[2]), value, sum2);
        sum3 = TSimd.MultiplyAdd(TSimd.Broadcast(weight[3]), value, sum3);
    }

    /// <summary>x Phi(x), the exact GELU, to float32 precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gelu(ref TVector x0, ref TVector x1, ref TVector x2, ref TVector x3)
    {
        TVector c0 = Clamp(x0), c1 = Clamp(x1), c2 = Clamp(x2), c3 = Clamp(x3);
        TVector u0 = Argument(c0), u1 = Argument(c1), u2 = Argument(c2), u3 = Argument(c3);
        TVector h0 = TSimd.Broadcast(GeluPolynomial.Coefficients[0]), h1 = h0, h2 = h0, h3 = h0;
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[1]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[2]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[3]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[4]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[5]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[6]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[7]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[8]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[9]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[10]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[11]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[12]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[13]);
        Step(ref h0, ref h1, ref h2, ref h3, u0, u1, u2, u3, GeluPolynomial.Coefficients[14]);
        x0 = TSimd.Multiply(x0, TSimd.MultiplyAdd(c0, h0, TSimd.Broadcast(0.5f)));
        x1 = TSimd.Multiply(x1, TSimd.MultiplyAdd(c1, h1, TSimd.Broadcast(0.5f)));
        x2 = TSimd.Multiply(x2, TSimd.MultiplyAdd(c2, h2, TSimd.Broadcast(0.5f)));
        x3 = TSimd.Multiply(x3, TSimd.MultiplyAdd(c3, h3, TSimd.Broadcast(0.5f)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Clamp(TVector x) =>
        TSimd.Min(TSimd.Max(x, TSimd.Broadcast(-GeluPolynomial.Range)), TSimd.Broadcast(GeluPolynomial.Range));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Argument(TVector clamped) =>
        TSimd.MultiplyAdd(TSimd.Multiply(clamped, clamped), TSimd.Broadcast(GeluPolynomial.ArgumentScale), TSimd.Broadcast(-1));

    /// <summary>One step of Horner's rule for four vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        ref TVector h0, ref TVector h1, ref TVector h2, ref TVector h3, TVector u0, TVector u1, TVector u2, TVector u3, float coefficient)
    {
        var term = TSimd.Broadcast(coefficient);
        h0 = TSimd.MultiplyAdd(h0, u0, term);
        h1 = TSimd.MultiplyAdd(h1, u1, term);
        h2 = TSimd.MultiplyAdd(h2, u2, term);
        h3 = TSimd.MultiplyAdd(h3, u3, term);
    }
}
