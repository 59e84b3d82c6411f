using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>The part of a mask inside a box.</summary>
internal static class MaskCrop
{
    /// <summary>Cuts a mask out.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="box">Contains all set pixels, inside the image; right and lower edge excluded.</param>
    /// <returns>A mask of the size of the box.</returns>
    public static RunLengthEncoding Of(RunLengthEncoding mask, PixelExtent box)
    {
        var size = new ImageSize(box.Right - box.Left, box.Bottom - box.Top);
        var runs = new SetRunBuilder(size);
        foreach (var segment in mask.Segments())
        {
            var column = ((long)(segment.Column - box.Left) * size.Height) - box.Top;
            runs.Add(column + segment.Start, column + segment.End);
        }

        return runs.ToMask();
    }

    /// <summary>Run lengths of a mask row by row from the upper left pixel, background first, alternating.</summary>
    /// <exception cref="ArgumentException">The mask has more pixels than an array holds.</exception>
    public static List<int> RowRuns(RunLengthEncoding mask)
    {
        MaskSizes.ThrowIfNotInOneArray(mask.Size, nameof(mask));
        var columns = new bool[mask.Size.PixelCount];
        var reader = new SetRunReader(mask);
        while (reader.MoveNext())
        {
            columns.AsSpan((int)reader.Start, (int)(reader.End - reader.Start)).Fill(true);
        }

        var rows = ColumnMajor.ToRows<bool>(columns, mask.Size).AsSpan();
        var (runs, value) = (new List<int>(), false);
        while (!rows.IsEmpty)
        {
            var length = rows.IndexOf(!value);
            length = length < 0 ? rows.Length : length;
            runs.Add(length);
            rows = rows[length..];
            value = !value;
        }

        return runs;
    }
}
