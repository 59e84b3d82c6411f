namespace MaskGen.ML.Sam2;

/// <summary>Random Fourier features of the centres of the image tokens.</summary>
/// <remarks>Source: SAM 2 2b90b9f, position_encoding.py PositionEmbeddingRandom.</remarks>
internal static class ImagePositionEncoding
{
    /// <summary>Sine and cosine of the projected token centres.</summary>
    /// <param name="gaussian">[2, d/2]: the row for x, then the row for y.</param>
    /// <param name="side">Side of the token grid, S/16.</param>
    /// <returns>[side * side, d]: sines, then cosines.</returns>
    public static float[] Compute(ReadOnlySpan<float> gaussian, int side)
    {
        var half = gaussian.Length / 2;
        var result = new float[side * side * 2 * half];
        for (var token = 0; token < side * side; token++)
        {
            var x = (2 * ((token % side) + 0.5) / side) - 1;
            var y = (2 * ((token / side) + 0.5) / side) - 1;
            var row = result.AsSpan(token * 2 * half, 2 * half);
            for (var i = 0; i < half; i++)
            {
                var (sine, cosine) = Math.SinCos(2 * Math.PI * ((x * gaussian[i]) + (y * gaussian[half + i])));
                row[i] = (float)sine;
                row[half + i] = (float)cosine;
            }
        }

        return result;
    }
}
