namespace MaskGen.ML.Cli.Results;

/// <summary>Kinds of files that a run writes.</summary>
[Flags]
internal enum ResultFormats
{
    /// <summary>SAM 2's records, a file per image.</summary>
    Json = 1,

    /// <summary>The image with its masks drawn over it.</summary>
    Overlay = 2,

    /// <summary>One COCO data set over all images of the run.</summary>
    Coco = 4,

    /// <summary>A page per image, and one that lists them when there are several.</summary>
    Html = 8,

    /// <summary>A label map per image, and an image per mask.</summary>
    Png = 16,
}
