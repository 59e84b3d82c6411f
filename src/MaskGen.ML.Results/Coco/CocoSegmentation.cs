namespace MaskGen.ML.Results;

/// <summary>How a COCO data set describes the shape of a mask.</summary>
public enum CocoSegmentation
{
    /// <summary>Compressed run lengths: exact for every mask.</summary>
    RunLengths,

    /// <summary>Outlines, which labelling tools can edit. COCO's polygons have no holes, so a mask with a hole, or an empty one,
    /// is written as run lengths all the same.</summary>
    Polygons,
}
