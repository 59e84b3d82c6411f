using System.Runtime.CompilerServices;
using Microsoft.ML.Data;

namespace MaskGen.ML;

/// <summary>Marks a property or field of type <see cref="MaskSet"/> as a column of a data view.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class MaskSetTypeAttribute : DataViewTypeAttribute
{
    /// <inheritdoc/>
    public override void Register() => RuntimeHelpers.RunClassConstructor(typeof(MaskSetDataViewType).TypeHandle);

    /// <inheritdoc/>
    public override bool Equals(DataViewTypeAttribute? other) => other is MaskSetTypeAttribute;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MaskSetTypeAttribute;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(MaskSetTypeAttribute).GetHashCode();
}
