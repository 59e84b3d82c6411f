namespace MaskGen.ML.Masks;

/// <summary>What a COCO data set says of an annotation beside its mask, so that it can be written again as it was.</summary>
/// <param name="Id">Its number in the data set.</param>
/// <param name="CategoryId">Number of its category; null if it has none.</param>
/// <param name="IsCrowd">Whether it is a crowd of objects that are not annotated one by one.</param>
internal sealed record SourceAnnotation(long Id, long? CategoryId, bool IsCrowd)
{
    /// <summary>Whether a mask is a crowd, and no single object.</summary>
    public static bool IsOfCrowd(MaskRecord mask) => mask.Source is { IsCrowd: true };

    /// <summary>The masks that are single objects.</summary>
    public static MaskSet WithoutCrowds(MaskSet masks) => masks.Any(IsOfCrowd)
        ? new MaskSet(masks.ImageSize, [.. masks.Where(mask => !IsOfCrowd(mask))])
        : masks;
}
