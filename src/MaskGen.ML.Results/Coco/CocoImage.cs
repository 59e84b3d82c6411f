namespace MaskGen.ML.Results;

/// <summary>An image of a <see cref="CocoDataset"/> with its annotations.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class CocoImage
{
    internal CocoImage(long id, string fileName, ImageSize size, IReadOnlyList<CocoAnnotation> annotations)
    {
        (Id, FileName, Annotations) = (id, fileName, annotations);
        Masks = new MaskSet(size, [.. annotations.Select(annotation => annotation.Mask)]);
    }

    /// <summary>Its number in the file.</summary>
    public long Id { get; }

    /// <summary>Its <c>file_name</c>, verbatim. Check it before opening it: a file from elsewhere can name any
    /// path.</summary>
    public string FileName { get; }

    /// <summary>Its annotations, in the order of the file.</summary>
    public IReadOnlyList<CocoAnnotation> Annotations { get; }

    /// <summary>The masks of the annotations in the same order, with the size of the image.</summary>
    public MaskSet Masks { get; }

    /// <summary>One line about the image, such as <c>cat.png: 29 masks of 960x640 pixels</c>.</summary>
    public override string ToString() => $"{FileName}: {Masks}";
}
