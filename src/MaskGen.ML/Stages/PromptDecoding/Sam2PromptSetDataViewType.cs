using Microsoft.ML.Data;

namespace MaskGen.ML;

/// <summary>Type of a data view's column whose values are a <see cref="Sam2PromptSet"/> each: the prompts of one image.</summary>
/// <remarks>A null value is a row without prompts, like <see cref="Sam2PromptSet.Empty"/>.</remarks>
public sealed class Sam2PromptSetDataViewType : StructuredDataViewType
{
    private Sam2PromptSetDataViewType()
        : base(typeof(Sam2PromptSet))
    {
        DataViewTypeManager.Register(this, typeof(Sam2PromptSet), new Sam2PromptSetTypeAttribute());
    }

    /// <summary>The type; there is only this one.</summary>
    public static Sam2PromptSetDataViewType Instance { get; } = new();

    /// <inheritdoc/>
    public override bool Equals(DataViewType? other) => other is Sam2PromptSetDataViewType;

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(Sam2PromptSetDataViewType).GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => "Sam2PromptSet";
}
