namespace MaskGen.ML.Results;

/// <summary>How a format that knows both describes the shape of a mask.</summary>
internal enum ShapeForm
{
    /// <summary>Outlines, which labelling tools can edit. Where they have no holes, a mask with a hole is written as pixels all the
    /// same.</summary>
    Polygons,

    /// <summary>Pixels, which are exact.</summary>
    Masks,
}
