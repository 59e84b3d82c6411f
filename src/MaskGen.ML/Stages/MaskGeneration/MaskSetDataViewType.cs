using Microsoft.ML.Data;

namespace MaskGen.ML;

/// <summary>Type of a data view's column whose values are a <see cref="MaskSet"/> each: the masks of one image with all that is known of
/// them.</summary>
/// <remarks>A value is immutable and may be kept beyond its row. A row without an image has <see cref="MaskSet.Empty"/>.</remarks>
public sealed class MaskSetDataViewType : StructuredDataViewType
{
    private MaskSetDataViewType()
        : base(typeof(MaskSet))
    {
        DataViewTypeManager.Register(this, typeof(MaskSet), new MaskSetTypeAttribute());
    }

    /// <summary>The type; there is only this one.</summary>
    public static MaskSetDataViewType Instance { get; } = new();

    /// <inheritdoc/>
    public override bool Equals(DataViewType? other) => other is MaskSetDataViewType;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(MaskSetDataViewType).GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => "MaskSet";
}
