namespace MaskGen.ML.Tests;

/// <summary>Intersection over union of masks, from their run lengths.</summary>
internal static class MaskIou
{
    public static double Of(RunLengthEncoding a, RunLengthEncoding b) => Of(a.Counts, b.Counts);

    public static double Of(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        long intersection = 0, union = 0;
        var (i, j, restA, restB) = (-1, -1, 0, 0);
        while (true)
        {
            while (restA == 0 && ++i < a.Length)
            {
                restA = a[i];
            }

            while (restB == 0 && ++j < b.Length)
            {
                restB = b[j];
            }

            if (i >= a.Length || j >= b.Length)
            {
                return union == 0 ? 1 : (double)intersection / union;
            }

            var step = Math.Min(restA, restB);
            intersection += (i & j & 1) != 0 ? step : 0;
            union += ((i | j) & 1) != 0 ? step : 0;
            restA -= step;
            restB -= step;
        }
    }
}
