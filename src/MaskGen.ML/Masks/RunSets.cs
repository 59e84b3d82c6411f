namespace MaskGen.ML.Masks;

/// <summary>Set algebra of masks of one size on their run lengths: nothing is unpacked, the cost is the number of runs.</summary>
internal static class RunSets
{
    /// <summary>Number of pixels that are set in both masks.</summary>
    public static long IntersectionArea(RunLengthEncoding first, RunLengthEncoding second)
    {
        var a = new SetRunReader(first);
        var b = new SetRunReader(second);
        long area = 0;
        var more = a.MoveNext() & b.MoveNext();
        while (more)
        {
            area += Math.Max(0, Math.Min(a.End, b.End) - Math.Max(a.Start, b.Start));
            more = a.End < b.End ? a.MoveNext() : b.MoveNext();
        }

        return area;
    }

    /// <summary>Intersection over union; 0 where both are empty.</summary>
    public static double Iou(RunLengthEncoding first, RunLengthEncoding second)
    {
        var both = IntersectionArea(first, second);
        return both == 0 ? 0 : both / (double)(first.Area + second.Area - both);
    }

    /// <summary>The pixels that are set in at least one of the masks.</summary>
    public static RunLengthEncoding Union(RunLengthEncoding first, RunLengthEncoding second)
    {
        var a = new SetRunReader(first);
        var b = new SetRunReader(second);
        var result = new SetRunBuilder(first.Size);
        a.MoveNext();
        b.MoveNext();
        while (a.Start != long.MaxValue || b.Start != long.MaxValue)
        {
            if (a.Start <= b.Start)
            {
                result.Add(a.Start, a.End);
                a.MoveNext();
            }
            else
            {
                result.Add(b.Start, b.End);
                b.MoveNext();
            }
        }

        return result.ToMask();
    }

    /// <summary>The pixels of a mask that lie in an area.</summary>
    public static RunLengthEncoding Clip(RunLengthEncoding mask, PixelArea area)
    {
        var result = new SetRunBuilder(mask.Size);
        foreach (var segment in mask.Segments())
        {
            if (segment.Column >= area.Right)
            {
                break;
            }

            var (start, end) = (Math.Max(segment.Start, area.Top), Math.Min(segment.End, area.Bottom));
            if (segment.Column >= area.Left && end > start)
            {
                var column = (long)segment.Column * mask.Size.Height;
                result.Add(column + start, column + end);
            }
        }

        return result.ToMask();
    }

    /// <summary>A smaller version of a mask: each pixel is the one in the middle of a square.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="factor">The side of the squares.</param>
    public static RunLengthEncoding Shrink(RunLengthEncoding mask, int factor)
    {
        if (factor == 1)
        {
            return mask;
        }

        var size = new ImageSize((mask.Size.Width + factor - 1) / factor, (mask.Size.Height + factor - 1) / factor);
        var result = new SetRunBuilder(size);
        foreach (var segment in mask.Segments())
        {
            var column = segment.Column / factor;
            if (segment.Column != Math.Min((column * factor) + (factor / 2), mask.Size.Width - 1))
            {
                continue;
            }

            // Squares whose middle lies in the segment.
            var first = FirstMiddleFrom(segment.Start);
            var end = FirstMiddleFrom(segment.End);
            result.Add(((long)column * size.Height) + first, ((long)column * size.Height) + end);
        }

        return result.ToMask();

        // That of the last square, if it is cut, is the last row at most.
        int FirstMiddleFrom(int row) => row >= mask.Size.Height ? size.Height : Math.Max(0, (row - (factor / 2) + factor - 1) / factor);
    }
}
