namespace MaskGen.ML.Tests;

/// <summary>Compares arrays of floats and says where they are furthest apart.</summary>
internal static class Near
{
    public static void Assert(string what, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance)
    {
        Xunit.Assert.Equal(expected.Length, actual.Length);
        var worst = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            // Written so that a NaN counts as furthest.
            if (!(Math.Abs(expected[i] - actual[i]) <= Math.Abs(expected[worst] - actual[worst])))
            {
                worst = i;
            }
        }

        if (expected.Length > 0 && !(Math.Abs(expected[worst] - actual[worst]) <= tolerance))
        {
            Xunit.Assert.Fail($"{what}: expected {expected[worst]} at {worst}, found {actual[worst]}: further apart than {tolerance}.");
        }
    }
}
