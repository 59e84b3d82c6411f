namespace MaskGen.ML.Imaging;

/// <summary>Finds which samples of an image become black and white.</summary>
internal static class SampleStatistics
{
    // As GDAL's and QGIS's own stretch has them.
    private const double LowFraction = 0.02;
    private const double HighFraction = 0.98;
    private const int Bins = 1 << 16;

    /// <summary>The limits of a range in an image.</summary>
    /// <param name="range">What was asked for.</param>
    /// <param name="layout">How samples are stored.</param>
    /// <param name="height">Number of rows.</param>
    /// <param name="open">Opens the rows anew.</param>
    public static SampleLimits Limits(ImageRange range, SampleLayout layout, int height, Func<IRawRows> open)
    {
        if (range is { Low: { } low, High: { } high })
        {
            return new SampleLimits(low, high);
        }

        // Of up to 16 bits without a sign every value has a bin of its own.
        var isCounted = layout is { Kind: SampleKind.Unsigned, Bits: <= 16 };
        if (!layout.HasRange || (!range.IsAuto && isCounted))
        {
            return SampleLimits.Full(layout.Bits);
        }

        var (least, greatest) = isCounted ? (0, Bins - 1) : Extremes(layout, height, open);
        if (least > greatest)
        {
            // Nothing but no data.
            return new SampleLimits(0, 1);
        }

        if (!range.IsAuto || least == greatest)
        {
            return Apart(least, greatest);
        }

        var width = isCounted ? 1 : (greatest - least) / (Bins - 1);
        var counts = new long[Bins];
        var total = 0L;
        ForEach(layout, height, open, value =>
        {
            counts[(int)Math.Clamp(Math.Round((value - least) / width), 0, Bins - 1)]++;
            total++;
        });
        var (from, to) = (Rank(counts, (long)(LowFraction * (total - 1))), Rank(counts, (long)Math.Ceiling(HighFraction * (total - 1))));
        if (from == to)
        {
            (from, to) = (Array.FindIndex(counts, count => count > 0), Array.FindLastIndex(counts, count => count > 0));
        }

        return Apart(least + (Math.Max(from, 0) * width), least + (Math.Max(to, 0) * width));
    }

    private static SampleLimits Apart(double low, double high) => new(low, high > low ? high : low + Math.Max(Math.Abs(low), 1));

    // The bin of the value that has so many before it.
    private static int Rank(long[] counts, long rank)
    {
        for (var bin = 0; bin < counts.Length; bin++)
        {
            rank -= counts[bin];
            if (rank < 0)
            {
                return bin;
            }
        }

        return -1;
    }

    private static (double Least, double Greatest) Extremes(SampleLayout layout, int height, Func<IRawRows> open)
    {
        var (least, greatest) = (double.PositiveInfinity, double.NegativeInfinity);
        ForEach(layout, height, open, value => (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value)));
        return (least, greatest);
    }

    private static void ForEach(SampleLayout layout, int height, Func<IRawRows> open, Action<double> take)
    {
        using var rows = open();
        var converter = new SampleConverter(layout, SampleLimits.Full(layout.Bits));
        var row = new byte[layout.RowBytes];
        var noData = layout.NoData is { } value ? (float)value : float.NaN;
        for (var y = 0; y < height; y++)
        {
            rows.Read(row);
            var values = converter.Values(row);
            for (var pixel = 0; pixel < values.Length; pixel += layout.Samples)
            {
                for (var i = 0; i < layout.Colors; i++)
                {
                    if (values[pixel + i] is var sample && float.IsFinite(sample) && sample != noData)
                    {
                        take(sample);
                    }
                }
            }
        }
    }
}
