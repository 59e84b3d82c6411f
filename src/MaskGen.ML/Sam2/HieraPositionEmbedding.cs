namespace MaskGen.ML.Sam2;

/// <summary>The trunk's position embedding for one input size: a constant, folded when the session is built.</summary>
/// <remarks>Source: SAM 2 2b90b9f, hieradet.py _get_pos_embed. Bicubic as PyTorch's: align_corners false, a = -0.75, edge samples repeated.</remarks>
internal static class HieraPositionEmbedding
{
    private const double CubicCoefficient = -0.75;

    /// <summary>Bicubic upsampling of the background grid plus the tiled window embedding.</summary>
    /// <param name="background">[C, height, width].</param>
    /// <param name="backgroundHeight">Rows of the background grid.</param>
    /// <param name="backgroundWidth">Columns of the background grid.</param>
    /// <param name="window">[C, window, window].</param>
    /// <param name="windowSize">Side of the window embedding.</param>
    /// <param name="side">Side of the map; a multiple of <paramref name="windowSize"/>.</param>
    /// <returns>[side * side, C], in token order.</returns>
    public static float[] Compute(
        ReadOnlySpan<float> background, int backgroundHeight, int backgroundWidth, ReadOnlySpan<float> window, int windowSize, int side)
    {
        var channels = window.Length / (windowSize * windowSize);
        var rowTaps = Taps(backgroundHeight, side);
        var columnTaps = Taps(backgroundWidth, side);
        var result = new float[side * side * channels];
        var rows = new double[backgroundHeight * side];
        for (var channel = 0; channel < channels; channel++)
        {
            var plane = background.Slice(channel * backgroundHeight * backgroundWidth, backgroundHeight * backgroundWidth);
            for (var y = 0; y < backgroundHeight; y++)
            {
                for (var x = 0; x < side; x++)
                {
                    rows[(y * side) + x] = columnTaps[x].Apply(plane.Slice(y * backgroundWidth, backgroundWidth));
                }
            }

            for (var y = 0; y < side; y++)
            {
                for (var x = 0; x < side; x++)
                {
                    var value = rowTaps[y].Apply(rows, x, side)
                        + window[(((channel * windowSize) + (y % windowSize)) * windowSize) + (x % windowSize)];
                    result[(((y * side) + x) * channels) + channel] = (float)value;
                }
            }
        }

        return result;
    }

    private static CubicTaps[] Taps(int sourceSize, int targetSize)
    {
        var taps = new CubicTaps[targetSize];
        for (var i = 0; i < targetSize; i++)
        {
            var position = ((i + 0.5) * sourceSize / targetSize) - 0.5;
            var first = (int)Math.Floor(position);
            taps[i] = new CubicTaps(first, position - first, sourceSize);
        }

        return taps;
    }

    // Four samples around a position, with their weights; samples beyond an edge repeat it.
    private sealed class CubicTaps
    {
        private readonly int[] _indices = new int[4];
        private readonly double[] _weights = new double[4];

        public CubicTaps(int first, double fraction, int size)
        {
            for (var i = 0; i < 4; i++)
            {
                _indices[i] = Math.Clamp(first - 1 + i, 0, size - 1);
                _weights[i] = Weight(Math.Abs(fraction + 1 - i));
            }
        }

        public double Apply(ReadOnlySpan<float> samples)
        {
            double sum = 0;
            for (var i = 0; i < 4; i++)
            {
                sum += _weights[i] * samples[_indices[i]];
            }

            return sum;
        }

        public double Apply(double[] samples, int offset, int stride)
        {
            double sum = 0;
            for (var i = 0; i < 4; i++)
            {
                sum += _weights[i] * samples[(_indices[i] * stride) + offset];
            }

            return sum;
        }

        private static double Weight(double distance) => distance <= 1
            ? (((CubicCoefficient + 2) * distance - (CubicCoefficient + 3)) * distance * distance) + 1
            : ((((CubicCoefficient * distance) - (5 * CubicCoefficient)) * distance + (8 * CubicCoefficient)) * distance) - (4 * CubicCoefficient);
    }
}
