namespace MaskGen.ML.Masks;

/// <summary>Connected regions of a mask and of its background, found on its runs without visiting its pixels.</summary>
/// <remarks>Regions are 8-connected, as those that OpenCV gives SAM 2. Source: SAM 2 2b90b9f, sam2/utils/amg.py
/// remove_small_regions.</remarks>
internal static class MaskRegions
{
    /// <summary>Fills holes of fewer than <paramref name="minimumArea"/> pixels.</summary>
    /// <returns>The mask itself when it has none.</returns>
    public static RunLengthEncoding FillHoles(RunLengthEncoding mask, int minimumArea)
    {
        var free = Complement(mask);
        var regions = Label(free);
        if (!regions.Areas.Any(area => area < minimumArea))
        {
            return mask;
        }

        var kept = free.Where((_, i) => regions.Areas[regions.Labels[i]] >= minimumArea);
        return Encode(mask.Size, kept, foreground: false);
    }

    /// <summary>Removes islands of fewer than <paramref name="minimumArea"/> pixels; where all are so small the largest stays.</summary>
    /// <returns>The mask itself when it has none.</returns>
    public static RunLengthEncoding RemoveIslands(RunLengthEncoding mask, int minimumArea)
    {
        ColumnSegment[] set = [.. mask.Segments()];
        var regions = Label(set);
        if (!regions.Areas.Any(area => area < minimumArea))
        {
            return mask;
        }

        var largest = regions.Areas.Max();
        var kept = largest < minimumArea
            ? Only(FirstOfArea(set, regions, largest))
            : set.Where((_, i) => regions.Areas[regions.Labels[i]] >= minimumArea);
        return Encode(mask.Size, kept, foreground: true);

        IEnumerable<ColumnSegment> Only(int label) => set.Where((_, i) => regions.Labels[i] == label);
    }

    // Of regions of equal area the reference keeps the one that OpenCV numbers first. It meets regions in blocks of 2 x 2 pixels, row of
    // blocks by row of blocks; no two regions share a block, since its pixels all touch.
    private static int FirstOfArea(ColumnSegment[] segments, (int[] Labels, long[] Areas) regions, long area)
    {
        var first = Enumerable.Range(0, segments.Length)
            .Where(i => regions.Areas[regions.Labels[i]] == area)
            .MinBy(i => (segments[i].Start / 2, segments[i].Column / 2));
        return regions.Labels[first];
    }

    // Segments of one column touch those of the column before whose rows overlap theirs, corners included.
    private static (int[] Labels, long[] Areas) Label(ColumnSegment[] segments)
    {
        var regions = new DisjointSets(segments.Length);
        var before = 0;
        for (var i = 0; i < segments.Length; i++)
        {
            var segment = segments[i];
            while (before < i && (segments[before].Column < segment.Column - 1
                || (segments[before].Column == segment.Column - 1 && segments[before].End < segment.Start)))
            {
                before++;
            }

            for (var j = before; j < i && segments[j].Column == segment.Column - 1 && segments[j].Start <= segment.End; j++)
            {
                regions.Join(j, i);
            }
        }

        return Number(segments, regions);
    }

    private static (int[] Labels, long[] Areas) Number(ColumnSegment[] segments, DisjointSets regions)
    {
        var labels = new int[segments.Length];
        var areas = new List<long>();
        for (var i = 0; i < segments.Length; i++)
        {
            // A root is the first segment of its region, so it comes before the others.
            var root = regions.Root(i);
            if (root == i)
            {
                labels[i] = areas.Count;
                areas.Add(0);
            }

            labels[i] = labels[root];
            areas[labels[i]] += segments[i].End - segments[i].Start;
        }

        return (labels, [.. areas]);
    }

    private static ColumnSegment[] Complement(RunLengthEncoding mask)
    {
        var free = new List<ColumnSegment>();
        var (column, row) = (0, 0);
        foreach (var segment in mask.Segments())
        {
            while (column < segment.Column)
            {
                Add(mask.Size.Height);
                (column, row) = (column + 1, 0);
            }

            Add(segment.Start);
            row = segment.End;
        }

        for (; column < mask.Size.Width; (column, row) = (column + 1, 0))
        {
            Add(mask.Size.Height);
        }

        return [.. free];

        void Add(int end)
        {
            if (end > row)
            {
                free.Add(new ColumnSegment(column, row, end));
            }
        }
    }

    private static RunLengthEncoding Encode(ImageSize size, IEnumerable<ColumnSegment> segments, bool foreground)
    {
        var runs = new RunLengthBuilder();
        long position = 0;
        foreach (var segment in segments)
        {
            var start = ((long)segment.Column * size.Height) + segment.Start;
            runs.Append(!foreground, (int)(start - position));
            runs.Append(foreground, segment.End - segment.Start);
            position = start + segment.End - segment.Start;
        }

        runs.Append(!foreground, (int)(size.PixelCount - position));
        return runs.ToEncoding(size);
    }
}
