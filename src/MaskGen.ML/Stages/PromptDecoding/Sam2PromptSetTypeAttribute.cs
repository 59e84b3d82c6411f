using System.Runtime.CompilerServices;
using Microsoft.ML.Data;

namespace MaskGen.ML;

/// <summary>Marks a property or field of type <see cref="Sam2PromptSet"/> as a column of a data view.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class Sam2PromptSetTypeAttribute : DataViewTypeAttribute
{
    /// <inheritdoc/>
    public override void Register() => RuntimeHelpers.RunClassConstructor(typeof(Sam2PromptSetDataViewType).TypeHandle);

    /// <inheritdoc/>
    public override bool Equals(DataViewTypeAttribute? other) => other is Sam2PromptSetTypeAttribute;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Sam2PromptSetTypeAttribute;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(Sam2PromptSetTypeAttribute).GetHashCode();
}
