using MaskGen.ML.Masks;

namespace MaskGen.ML.Generation;

/// <summary>Removes small holes and islands from masks, then duplicates that this has made.</summary>
/// <remarks>Source: SAM 2 2b90b9f, automatic_mask_generator.py postprocess_small_regions.</remarks>
internal static class SmallRegionCleanup
{
    /// <summary>Cleans every mask.</summary>
    /// <param name="masks">Masks of one image.</param>
    /// <param name="minimumArea">Holes and islands of fewer pixels than this are removed.</param>
    /// <param name="nmsThreshold">Box IoU above which one of two masks is discarded; those that needed no cleaning are preferred.</param>
    /// <param name="cancellationToken">Checked between masks.</param>
    public static List<MaskRecord> Apply(
        IReadOnlyList<MaskRecord> masks, int minimumArea, float nmsThreshold, CancellationToken cancellationToken = default)
    {
        var cleaned = new MaskRecord[masks.Count];
        var boxes = new BoxXyxy[masks.Count];
        var scores = new float[masks.Count];
        for (var i = 0; i < masks.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var original = masks[i].Segmentation;
            var mask = MaskRegions.RemoveIslands(MaskRegions.FillHoles(original, minimumArea), minimumArea);
            var isUnchanged = ReferenceEquals(mask, original);
            boxes[i] = isUnchanged ? masks[i].BoundingBox.ToXyxy() : mask.BoundingCorners();
            scores[i] = isUnchanged ? 1 : 0;
            cleaned[i] = isUnchanged ? masks[i] : masks[i] with { Segmentation = mask, BoundingBox = boxes[i].ToXywh() };
        }

        return BoxNms.Keep(boxes, scores, nmsThreshold, cancellationToken).ConvertAll(index => cleaned[index]);
    }
}
