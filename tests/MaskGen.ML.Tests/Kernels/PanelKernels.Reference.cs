using MaskGen.ML.Kernels;

namespace MaskGen.ML.Tests.Kernels;

/// <summary>The kernels in plain loops and double.</summary>
internal static class PanelKernelsReference
{
    private const int Width = PanelKernels.PanelWidth;

    /// <summary>Weights [rows of all panels, 8]; a scale, where there is one, applies to the sum up to its panel.</summary>
    public static double[] MultiplyTile(
        float[] weights, IReadOnlyList<(float[] Panel, float[]? Scale)> segments, int rows, float[]? initial)
    {
        var result = new double[rows * Width];
        for (var i = 0; i < rows; i++)
        {
            for (var lane = 0; lane < Width; lane++)
            {
                double sum = initial?[lane] ?? 0;
                var k = 0;
                foreach (var (panel, scale) in segments)
                {
                    for (var row = 0; row < panel.Length / Width; row++, k++)
                    {
                        sum += (double)weights[(k * 8) + i] * panel[(row * Width) + lane];
                    }

                    sum *= scale?[lane] ?? 1;
                }

                result[(i * Width) + lane] = sum;
            }
        }

        return result;
    }

    /// <summary>Panels [panels, rows, 32] times [32 * panels, lanes].</summary>
    public static double[] Outer(float[] rows, int rowCount, float[] transposed, int panels, int lanes)
    {
        var sums = new double[rowCount * lanes];
        for (var token = 0; token < panels * Width; token++)
        {
            for (var row = 0; row < rowCount; row++)
            {
                for (var lane = 0; lane < lanes; lane++)
                {
                    var value = rows[(((token / Width * rowCount) + row) * Width) + (token % Width)];
                    sums[(row * lanes) + lane] += (double)value * transposed[(token * lanes) + lane];
                }
            }
        }

        return sums;
    }

    public static double[] Softmax(float[] scores, int rows)
    {
        var result = new double[rows * Width];
        for (var lane = 0; lane < Width; lane++)
        {
            double sum = 0;
            for (var row = 0; row < rows; row++)
            {
                sum += result[(row * Width) + lane] = Math.Pow(2, scores[(row * Width) + lane]);
            }

            for (var row = 0; row < rows; row++)
            {
                result[(row * Width) + lane] /= sum;
            }
        }

        return result;
    }

    /// <summary>Layer norm over rows of <c>panel + scale * base + addend</c>, then GELU.</summary>
    public static double[] AddNormalizeGelu(
        float[] panel, float[] scale, float[] basePanel, float[] addend, float[] gain, float[] bias, double epsilon)
    {
        var channels = gain.Length;
        var result = new double[channels * Width];
        for (var lane = 0; lane < Width; lane++)
        {
            var values = Enumerable.Range(0, channels).Select(channel => (channel * Width) + lane)
                .Select(i => panel[i] + ((double)scale[lane] * basePanel[i]) + addend[i]).ToArray();
            var mean = values.Average();
            var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)) + epsilon);
            for (var channel = 0; channel < channels; channel++)
            {
                result[(channel * Width) + lane] = Gelu(((values[channel] - mean) / deviation * gain[channel]) + bias[channel]);
            }
        }

        return result;
    }

    public static double[] GeluDot(float[] panel, float[] addend, float[] weights, int channels)
    {
        var result = new double[4 * Width];
        for (var mask = 0; mask < 4; mask++)
        {
            for (var i = 0; i < channels * Width; i++)
            {
                result[(mask * Width) + (i % Width)] += weights[(i / Width * 4) + mask] * Gelu((double)panel[i] + addend[i]);
            }
        }

        return result;
    }

    public static double Gelu(double x) => x / 2 * ErrorFunctionComplement(-x / Math.Sqrt(2));

    /// <summary>erfc by its Taylor series near zero and its continued fraction further out.</summary>
    private static double ErrorFunctionComplement(double x)
    {
        if (x < 0)
        {
            return 2 - ErrorFunctionComplement(-x);
        }

        if (x < 2)
        {
            double term = x, sum = x;
            for (var n = 1; n < 60; n++)
            {
                term *= -x * x / n;
                sum += term / ((2 * n) + 1);
            }

            return 1 - (2 / Math.Sqrt(Math.PI) * sum);
        }

        double fraction = 0;
        for (var n = 80; n > 0; n--)
        {
            fraction = n / 2.0 / (x + fraction);
        }

        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / (x + fraction);
    }
}
