namespace MaskGen.ML.Results;

/// <summary>An object on an image of a <see cref="CocoDataset"/>.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class CocoAnnotation
{
    internal CocoAnnotation(long id, long? categoryId, bool isCrowd, MaskRecord mask)
    {
        (Id, CategoryId, IsCrowd, Mask) = (id, categoryId, isCrowd, mask);
    }

    /// <summary>Its number in the file.</summary>
    public long Id { get; }

    /// <summary>The <see cref="CocoCategory.Id"/> of its category; null if the file says none.</summary>
    public long? CategoryId { get; }

    /// <summary>Whether it is a crowd of objects that are not annotated one by one.</summary>
    public bool IsCrowd { get; }

    /// <summary>The mask with what the file says of it. Its box is that of its pixels, as SAM 2 has it; NaN for scores that the file does
    /// not give.</summary>
    public MaskRecord Mask { get; }

    /// <summary>One line about the annotation.</summary>
    public override string ToString() => FormattableString.Invariant($"Annotation {Id}: {Mask}");
}
