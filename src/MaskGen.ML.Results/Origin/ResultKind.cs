namespace MaskGen.ML.Results;

/// <summary>What a file of results is.</summary>
internal enum ResultKind
{
    /// <summary>SAM 2's records of one image.</summary>
    Records,

    /// <summary>An image with its masks drawn over it.</summary>
    Overlay,

    /// <summary>The label map of one image.</summary>
    Labels,

    /// <summary>One mask as an image.</summary>
    Mask,

    /// <summary>The page of one image.</summary>
    Page,

    /// <summary>The page that lists the pages of a run.</summary>
    PageList,

    /// <summary>A COCO data set.</summary>
    Dataset,
}
