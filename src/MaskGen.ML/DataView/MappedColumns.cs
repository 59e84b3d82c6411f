using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>The active columns of one row or cursor: those of the input passed through, those of the stage computed.</summary>
/// <param name="schema">The columns of the input at their own index, then the added ones.</param>
/// <param name="input">The row or cursor beneath.</param>
/// <param name="isActive">For every column of the schema whether it is wanted.</param>
/// <param name="addedGetters">A getter for each of the added columns; null for those that are not wanted.</param>
internal sealed class MappedColumns(DataViewSchema schema, DataViewRow input, bool[] isActive, Delegate?[] addedGetters)
{
    public DataViewSchema Schema => schema;

    public bool IsActive(DataViewSchema.Column column) => isActive[schema.CheckedIndex(column)];

    /// <exception cref="InvalidOperationException">The column is not active, or holds values of another type.</exception>
    public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        var index = schema.CheckedIndex(column);
        if (!isActive[index])
        {
            throw new InvalidOperationException($"Column '{schema[index].Name}' is not active in this cursor.");
        }

        if (index < input.Schema.Count)
        {
            return input.GetGetter<TValue>(input.Schema[index]);
        }

        return addedGetters[index - input.Schema.Count] as ValueGetter<TValue>
            ?? throw new InvalidOperationException(
                $"Column '{schema[index].Name}': its values are {schema[index].Type.RawType}, asked for were {typeof(TValue)}.");
    }
}
