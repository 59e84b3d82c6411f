using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Set algebra of masks on their run lengths: nothing is unpacked, the cost is the number of runs.</summary>
/// <remarks>All members are pure and thread-safe.</remarks>
public static class MaskOverlap
{
    /// <summary>Number of pixels that are set in both masks.</summary>
    /// <exception cref="ArgumentNullException">A mask is null.</exception>
    /// <exception cref="ArgumentException">The masks cover images of different sizes.</exception>
    public static long IntersectionArea(RunLengthEncoding first, RunLengthEncoding second)
    {
        CheckSameSize(first, second);
        return RunSets.IntersectionArea(first, second);
    }

    /// <summary>Number of pixels that are set in at least one of the masks.</summary>
    /// <exception cref="ArgumentNullException">A mask is null.</exception>
    /// <exception cref="ArgumentException">The masks cover images of different sizes.</exception>
    public static long UnionArea(RunLengthEncoding first, RunLengthEncoding second)
    {
        var intersection = IntersectionArea(first, second);
        return first.Area + second.Area - intersection;
    }

    /// <summary>Intersection over union of two masks.</summary>
    /// <returns>A ratio in [0, 1]; 0 when both masks are empty, as in COCO.</returns>
    /// <exception cref="ArgumentNullException">A mask is null.</exception>
    /// <exception cref="ArgumentException">The masks cover images of different sizes.</exception>
    public static double Iou(RunLengthEncoding first, RunLengthEncoding second)
    {
        var intersection = IntersectionArea(first, second);
        return intersection == 0 ? 0 : intersection / (double)(first.Area + second.Area - intersection);
    }

    /// <summary>Intersection over union of all that two sets cover, each set taken as one mask.</summary>
    /// <returns>A ratio in [0, 1]; 0 when neither set covers a pixel.</returns>
    /// <exception cref="ArgumentNullException">A set is null.</exception>
    /// <exception cref="ArgumentException">The sets belong to images of different sizes.</exception>
    public static double Iou(MaskSet first, MaskSet second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Iou(Union(first), Union(second));
    }

    /// <summary>The IoU of each mask of one set with each of another.</summary>
    /// <returns>[<paramref name="first"/>.Count, <paramref name="second"/>.Count] ratios in [0, 1].</returns>
    /// <exception cref="ArgumentNullException">A set is null.</exception>
    /// <exception cref="ArgumentException">The sets belong to images of different sizes.</exception>
    public static double[,] IouMatrix(MaskSet first, MaskSet second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.ImageSize != second.ImageSize)
        {
            throw DifferentSizes(first.ImageSize, second.ImageSize);
        }

        var firstExtents = first.Select(mask => PixelExtent.Of(mask.Segmentation)).ToArray();
        var secondExtents = second.Select(mask => PixelExtent.Of(mask.Segmentation)).ToArray();
        var ious = new double[first.Count, second.Count];
        for (var i = 0; i < first.Count; i++)
        {
            for (var j = 0; j < second.Count; j++)
            {
                // Masks whose extents are apart share no pixel; that spares most of the walks.
                ious[i, j] = firstExtents[i].Overlaps(secondExtents[j]) ? Iou(first[i].Segmentation, second[j].Segmentation) : 0;
            }
        }

        return ious;
    }

    /// <summary>The pixels that are set in both masks.</summary>
    /// <exception cref="ArgumentNullException">A mask is null.</exception>
    /// <exception cref="ArgumentException">The masks cover images of different sizes.</exception>
    public static RunLengthEncoding Intersect(RunLengthEncoding first, RunLengthEncoding second)
    {
        CheckSameSize(first, second);
        var a = new SetRunReader(first);
        var b = new SetRunReader(second);
        var result = new SetRunBuilder(first.Size);
        var more = a.MoveNext() & b.MoveNext();
        while (more)
        {
            result.Add(Math.Max(a.Start, b.Start), Math.Min(a.End, b.End));
            more = a.End < b.End ? a.MoveNext() : b.MoveNext();
        }

        return result.ToMask();
    }

    /// <summary>The pixels that are set in at least one of the masks.</summary>
    /// <exception cref="ArgumentNullException">A mask is null.</exception>
    /// <exception cref="ArgumentException">The masks cover images of different sizes.</exception>
    public static RunLengthEncoding Union(RunLengthEncoding first, RunLengthEncoding second)
    {
        CheckSameSize(first, second);
        return RunSets.Union(first, second);
    }

    /// <summary>The pixels that are set in at least one mask of a set; an empty mask for an empty set.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="masks"/> is null.</exception>
    public static RunLengthEncoding Union(MaskSet masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        var runs = new List<(long Start, long End)>();
        foreach (var mask in masks)
        {
            var reader = new SetRunReader(mask.Segmentation);
            while (reader.MoveNext())
            {
                runs.Add((reader.Start, reader.End));
            }
        }

        runs.Sort();
        var result = new SetRunBuilder(masks.ImageSize);
        foreach (var (start, end) in runs)
        {
            result.Add(start, end);
        }

        return result.ToMask();
    }

    /// <summary>The pixels of <paramref name="first"/> that are not set in <paramref name="second"/>.</summary>
    /// <exception cref="ArgumentNullException">A mask is null.</exception>
    /// <exception cref="ArgumentException">The masks cover images of different sizes.</exception>
    public static RunLengthEncoding Subtract(RunLengthEncoding first, RunLengthEncoding second)
    {
        CheckSameSize(first, second);
        var kept = new SetRunReader(first);
        var removed = new SetRunReader(second);
        var result = new SetRunBuilder(first.Size);
        removed.MoveNext();
        while (kept.MoveNext())
        {
            var start = kept.Start;
            while (removed.Start < kept.End)
            {
                result.Add(start, Math.Min(removed.Start, kept.End));
                start = Math.Max(start, removed.End);
                if (removed.End > kept.End)
                {
                    break;
                }

                removed.MoveNext();
            }

            result.Add(start, kept.End);
        }

        return result.ToMask();
    }

    private static void CheckSameSize(RunLengthEncoding first, RunLengthEncoding second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Size != second.Size)
        {
            throw DifferentSizes(first.Size, second.Size);
        }
    }

    private static ArgumentException DifferentSizes(ImageSize first, ImageSize second) =>
        new($"Expected masks of one image, found sizes {first} and {second}.", nameof(second));
}
