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
    /// <exception cref="ArgumentException">The box of the mask has more pixels than an array holds.</exception>
    public static List<int> RowRuns(RunLengthEncoding mask)
    {
        // Only the box of the mask is unpacked; around it is nothing but background.
        var box = PixelExtent.Of(mask);
        var size = new ImageSize(box.Right - box.Left, box.Bottom - box.Top);
        MaskSizes.ThrowIfNotInOneArray(size, nameof(mask));
        var columns = new bool[size.PixelCount];
        foreach (var segment in mask.Segments())
        {
            var start = ((segment.Column - box.Left) * size.Height) + segment.Start - box.Top;
            columns.AsSpan(start, segment.End - segment.Start).Fill(true);
        }

        var rows = ColumnMajor.ToRows<bool>(columns, size);
        var (runs, value) = (new List<int> { 0 }, false);
        Append(false, (box.Top * mask.Size.Width) + box.Left);
        for (var y = 0; y < size.Height; y++)
        {
            Append(false, y == 0 ? 0 : mask.Size.Width - size.Width);
            var row = rows.AsSpan(y * size.Width, size.Width);
            while (!row.IsEmpty)
            {
                var length = row.IndexOf(!row[0]);
                length = length < 0 ? row.Length : length;
                Append(row[0], length);
                row = row[length..];
            }
        }

        Append(false, (int)(mask.Size.PixelCount - runs.Sum(run => (long)run)));
        return runs;

        void Append(bool isSet, int length)
        {
            if (length == 0)
            {
                return;
            }

            if (isSet != value)
            {
                runs.Add(0);
                value = isSet;
            }

            runs[^1] += length;
        }
    }
}
