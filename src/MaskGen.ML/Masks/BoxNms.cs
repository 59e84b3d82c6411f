namespace MaskGen.ML.Masks;

/// <summary>Non-maximum suppression by box IoU, greedy from the best score down.</summary>
/// <remarks>Agrees with torchvision.ops.nms but for boxes without area, see <see cref="Iou(BoxXyxy, BoxXyxy)"/>: a box is discarded when
/// its IoU with a better one that is kept is above the threshold; equal scores keep their order. Box areas are X extent times Y extent,
/// without an added pixel.</remarks>
internal static class BoxNms
{
    /// <summary>Whether a threshold suppresses anything at all: no IoU is above 1.</summary>
    public static bool Suppresses(float iouThreshold) => iouThreshold < 1;

    /// <summary>Indices of the boxes that are kept, best score first.</summary>
    /// <param name="boxes">In any common frame.</param>
    /// <param name="scores">One per box; higher is better.</param>
    /// <param name="iouThreshold">Boxes that overlap a better one by more than this are discarded.</param>
    /// <param name="cancellationToken">Looked at between boxes: the time grows with the square of those that are kept.</param>
    public static List<int> Keep(
        ReadOnlySpan<BoxXyxy> boxes, ReadOnlySpan<float> scores, float iouThreshold, CancellationToken cancellationToken = default)
    {
        var order = OrderByScore(scores);
        if (!Suppresses(iouThreshold))
        {
            return [.. order];
        }

        var kept = new List<int>();
        foreach (var candidate in order)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsSuppressed(boxes, kept, candidate, iouThreshold))
            {
                kept.Add(candidate);
            }
        }

        return kept;
    }

    /// <summary>Intersection over union of two boxes.</summary>
    /// <remarks>Unlike torchvision's, which gives 0/0 for boxes without area and so keeps any number of nearly equal masks that are one
    /// pixel wide or high: two of those are measured with the last pixel counted, as lines are. Where one of the boxes has an area it is
    /// as there.</remarks>
    public static float Iou(BoxXyxy a, BoxXyxy b)
    {
        var areas = (a.Width * a.Height) + (b.Width * b.Height);
        return areas > 0 ? Iou(a, b, 0) : Iou(a, b, 1);
    }

    // Extents are longer by lastPixel: 1 counts the pixel that an included edge lies on.
    private static float Iou(BoxXyxy a, BoxXyxy b, float lastPixel)
    {
        var width = Math.Max(Math.Min(a.X1, b.X1) - Math.Max(a.X0, b.X0) + lastPixel, 0);
        var height = Math.Max(Math.Min(a.Y1, b.Y1) - Math.Max(a.Y0, b.Y0) + lastPixel, 0);
        var intersection = width * height;
        var union = ((a.Width + lastPixel) * (a.Height + lastPixel)) + ((b.Width + lastPixel) * (b.Height + lastPixel)) - intersection;
        return union > 0 ? intersection / union : 0;
    }

    private static int[] OrderByScore(ReadOnlySpan<float> scores)
    {
        var order = new int[scores.Length];
        var keys = scores.ToArray();
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        // Array.Sort is not stable: the index decides between equal scores.
        Array.Sort(order, (a, b) => keys[b].CompareTo(keys[a]) is var byScore and not 0 ? byScore : a.CompareTo(b));
        return order;
    }

    private static bool IsSuppressed(ReadOnlySpan<BoxXyxy> boxes, List<int> kept, int candidate, float iouThreshold)
    {
        foreach (var better in kept)
        {
            if (Iou(boxes[better], boxes[candidate]) > iouThreshold)
            {
                return true;
            }
        }

        return false;
    }
}
