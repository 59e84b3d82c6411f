namespace MaskGen.ML.Sam2;

/// <summary>The trunk's position embedding for one input size, as a product: a bicubic upsampling of a few background rows plus a tiled
/// window is a matrix of low rank, and takes a fraction of the memory that its values would.</summary>
/// <remarks>Source: SAM 2 2b90b9f, hieradet.py _get_pos_embed. Bicubic as PyTorch's: align_corners false, a = -0.75, edge samples repeated.
/// With H background rows and windows of side N, the embedding [side, side * C], in token order, is
/// <see cref="RowWeights"/> [side, H + N] times <see cref="Rows"/> [H + N, side * C].</remarks>
internal static class HieraPositionEmbedding
{
    private const double CubicCoefficient = -0.75;

    /// <summary>How much of each background row and of each window row a row of the map takes.</summary>
    /// <param name="backgroundHeight">H.</param>
    /// <param name="windowSize">N.</param>
    /// <param name="side">Side of the map; a multiple of <paramref name="windowSize"/>.</param>
    /// <returns>[side, H + N].</returns>
    public static float[] RowWeights(int backgroundHeight, int windowSize, int side)
    {
        var rank = backgroundHeight + windowSize;
        var taps = Taps(backgroundHeight, side);
        var weights = new float[side * rank];
        for (var y = 0; y < side; y++)
        {
            var row = weights.AsSpan(y * rank, rank);
            taps[y].AddTo(row);
            row[backgroundHeight + (y % windowSize)] = 1;
        }

        return weights;
    }

    /// <summary>The background's rows, upsampled in width, and below them the window's rows, tiled in width.</summary>
    /// <param name="background">[C, H, width].</param>
    /// <param name="backgroundHeight">H.</param>
    /// <param name="backgroundWidth">Columns of the background grid.</param>
    /// <param name="window">[C, N, N].</param>
    /// <param name="windowSize">N.</param>
    /// <param name="side">Side of the map; a multiple of <paramref name="windowSize"/>.</param>
    /// <returns>[H + N, side * C].</returns>
    public static float[] Rows(
        ReadOnlySpan<float> background, int backgroundHeight, int backgroundWidth, ReadOnlySpan<float> window, int windowSize, int side)
    {
        var channels = window.Length / (windowSize * windowSize);
        var taps = Taps(backgroundWidth, side);
        var rows = new float[(backgroundHeight + windowSize) * side * channels];
        for (var channel = 0; channel < channels; channel++)
        {
            for (var x = 0; x < side; x++)
            {
                for (var y = 0; y < backgroundHeight; y++)
                {
                    rows[(((y * side) + x) * channels) + channel] =
                        taps[x].Apply(background.Slice(((channel * backgroundHeight) + y) * backgroundWidth, backgroundWidth));
                }

                for (var y = 0; y < windowSize; y++)
                {
                    rows[((((backgroundHeight + y) * side) + x) * channels) + channel] =
                        window[(((channel * windowSize) + y) * windowSize) + (x % windowSize)];
                }
            }
        }

        return rows;
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

        public float Apply(ReadOnlySpan<float> samples)
        {
            double sum = 0;
            for (var i = 0; i < _indices.Length; i++)
            {
                sum += _weights[i] * samples[_indices[i]];
            }

            return (float)sum;
        }

        /// <summary>The same as a row of a matrix: adds each sample's weight to its place.</summary>
        public void AddTo(Span<float> row)
        {
            for (var i = 0; i < _indices.Length; i++)
            {
                row[_indices[i]] += (float)_weights[i];
            }
        }

        private static double Weight(double distance) => distance <= 1
            ? (((CubicCoefficient + 2) * distance - (CubicCoefficient + 3)) * distance * distance) + 1
            : ((((CubicCoefficient * distance) - (5 * CubicCoefficient)) * distance + (8 * CubicCoefficient)) * distance)
                - (4 * CubicCoefficient);
    }
}
