namespace MaskGen.ML.Kernels;

/// <summary>The normal distribution function as a polynomial: Phi(x) = 1/2 + x h(u), u = 2 (x / range)^2 - 1.</summary>
/// <remarks>h is its own Chebyshev interpolation of degree 14 on [-1, 1], taken at 400 nodes in double. x Phi(x) is then right to 1.5e-7
/// |x| in float32 arithmetic, which is as near as erf in float32 comes.</remarks>
internal static class GeluPolynomial
{
    /// <summary>Beyond this Phi is 0 or 1 to float32 precision.</summary>
    public const float Range = 5.35f;

    /// <summary>What x^2 is multiplied by to give u + 1.</summary>
    public const float ArgumentScale = 2 / (Range * Range);

    /// <summary>Of h, highest power first.</summary>
    public static ReadOnlySpan<float> Coefficients =>
    [
        0.00040417313f, -0.000922907377f, 0.000575246406f, -0.00104065484f, 0.0036785535f, -0.00639180187f, 0.00905964524f, -0.0135164913f,
        0.019352125f, -0.0255501997f, 0.032098975f, -0.0394011326f, 0.0488823764f, -0.0659189746f, 0.132149011f,
    ];

    /// <summary>Exact GELU x Phi(x) of one value.</summary>
    public static float Gelu(float x)
    {
        var clamped = Math.Clamp(x, -Range, Range);
        var u = (ArgumentScale * clamped * clamped) - 1;
        var h = 0f;
        foreach (var coefficient in Coefficients)
        {
            h = (h * u) + coefficient;
        }

        return x * ((clamped * h) + 0.5f);
    }
}
