namespace MaskGen.ML.Results;

/// <summary>A kind of object in a <see cref="CocoDataset"/>.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class CocoCategory
{
    internal CocoCategory(long id, string name, string? supercategory)
    {
        (Id, Name, Supercategory) = (id, name, supercategory);
    }

    /// <summary>Its number in the file.</summary>
    public long Id { get; }

    /// <summary>Its name, such as <c>cat</c>.</summary>
    public string Name { get; }

    /// <summary>Name of the group that it belongs to, such as <c>animal</c>; null if the file says none.</summary>
    public string? Supercategory { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
