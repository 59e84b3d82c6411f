using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Chooses among masks of one image that overlap. Everything is computed on run lengths.</summary>
/// <remarks>All members are pure and thread-safe.</remarks>
internal static class MaskSelection
{
    /// <summary>Discards the worse of two masks that are nearly the same, or of which one lies in the other.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="threshold">From 0 to 1.</param>
    /// <returns>The masks that are kept, in their order. By predicted IoU from the best down, the earlier first where two are equal, a mask
    /// is discarded if with a kept one its IoU is above the threshold, or if more than that fraction of its own pixels lies in a kept one.
    /// So a part goes where its whole is better, and a whole stays where its parts are. A predicted IoU that is NaN is below every
    /// other.</returns>
    public static MaskSet Suppress(MaskSet masks, double threshold) =>
        new(masks.ImageSize, [.. Kept(masks, threshold).Select(index => masks[index])]);

    /// <summary>Places of the masks that <see cref="Suppress"/> keeps, in order.</summary>
    public static IReadOnlyList<int> Kept(MaskSet masks, double threshold)
    {
        var extents = masks.Select(mask => PixelExtent.Of(mask.Segmentation)).ToArray();
        var kept = new List<int>();
        foreach (var index in BestFirst(masks))
        {
            if (!kept.Any(better => extents[better].Overlaps(extents[index]) && IsCovered(masks[index], masks[better], threshold)))
            {
                kept.Add(index);
            }
        }

        return [.. kept.Order()];
    }

    /// <summary>Gives each pixel to one mask.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="rule">Which of several masks gets a pixel.</param>
    /// <returns>The masks in their order with the pixels that are left to them and the boxes of these; those without any are left out. The
    /// scores are those of the whole masks.</returns>
    public static MaskSet MakeDisjoint(MaskSet masks, DisjointRule rule) =>
        new(masks.ImageSize, [.. Disjoint(masks, rule).OfType<MaskRecord>()]);

    /// <summary>What <see cref="MakeDisjoint"/> leaves of each mask; null for nothing.</summary>
    public static IReadOnlyList<MaskRecord?> Disjoint(MaskSet masks, DisjointRule rule)
    {
        var left = new MaskRecord?[masks.Count];
        var taken = MaskOverlap.Union(new MaskSet(masks.ImageSize, []));
        foreach (var index in rule == DisjointRule.Smaller ? LabelMap.BottomToTop(masks).Reverse() : BestFirst(masks))
        {
            var own = MaskOverlap.Subtract(masks[index].Segmentation, taken);
            taken = MaskOverlap.Union(taken, own);
            if (own.Area > 0)
            {
                left[index] = own.Area == masks[index].Area
                    ? masks[index]
                    : masks[index] with { Segmentation = own, BoundingBox = own.BoundingBox };
            }
        }

        return left;
    }

    // CompareTo, unlike the operators, orders NaN: below everything. The order is stable.
    private static IEnumerable<int> BestFirst(MaskSet masks) =>
        Enumerable.Range(0, masks.Count).OrderByDescending(index => masks[index].PredictedIou);

    private static bool IsCovered(MaskRecord worse, MaskRecord better, double threshold)
    {
        var intersection = MaskOverlap.IntersectionArea(worse.Segmentation, better.Segmentation);
        return intersection > 0
            && (intersection / (double)(worse.Area + better.Area - intersection) > threshold
                || intersection / (double)worse.Area > threshold);
    }
}
