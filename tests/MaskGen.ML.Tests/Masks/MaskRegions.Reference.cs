namespace MaskGen.ML.Tests.Masks;

/// <summary>SAM 2's clean-up on pixels, by flood filling.</summary>
internal static class NaiveMaskRegions
{
    public static bool[] FillHoles(ImageSize size, bool[] mask, int minimumArea)
    {
        var result = (bool[])mask.Clone();
        foreach (var region in Regions(size, mask, false).Where(region => region.Count < minimumArea))
        {
            region.ForEach(i => result[i] = true);
        }

        return result;
    }

    public static bool[] RemoveIslands(ImageSize size, bool[] mask, int minimumArea)
    {
        var regions = Regions(size, mask, true);
        if (regions.All(region => region.Count >= minimumArea))
        {
            return mask;
        }

        var kept = regions.Where(region => region.Count >= minimumArea).ToList();
        if (kept.Count == 0)
        {
            kept.Add(regions.MaxBy(region => region.Count)!);
        }

        var result = new bool[mask.Length];
        kept.ForEach(region => region.ForEach(i => result[i] = true));
        return result;
    }

    // In the order in which OpenCV meets them, since that tells equal areas apart: block of 2 x 2 pixels by block, row by row.
    private static List<List<int>> Regions(ImageSize size, bool[] mask, bool value)
    {
        var seen = new bool[mask.Length];
        var regions = new List<List<int>>();
        foreach (var start in Enumerable.Range(0, mask.Length).OrderBy(i => (i / size.Width / 2, i % size.Width / 2)))
        {
            if (mask[start] != value || seen[start])
            {
                continue;
            }

            var region = new List<int> { start };
            seen[start] = true;
            for (var next = 0; next < region.Count; next++)
            {
                foreach (var neighbour in Neighbours(size, region[next]).Where(n => mask[n] == value && !seen[n]))
                {
                    seen[neighbour] = true;
                    region.Add(neighbour);
                }
            }

            regions.Add(region);
        }

        return regions;
    }

    private static IEnumerable<int> Neighbours(ImageSize size, int i)
    {
        for (var y = (i / size.Width) - 1; y <= (i / size.Width) + 1; y++)
        {
            for (var x = (i % size.Width) - 1; x <= (i % size.Width) + 1; x++)
            {
                if (x >= 0 && y >= 0 && x < size.Width && y < size.Height)
                {
                    yield return (y * size.Width) + x;
                }
            }
        }
    }
}
