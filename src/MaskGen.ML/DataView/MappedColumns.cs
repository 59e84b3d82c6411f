using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>The active columns of one row or cursor: those of the input passed through, those of the stage computed.</summary>
internal sealed class MappedColumns
{
    private readonly RowMapper _mapper;
    private readonly DataViewRow _input;
    private readonly bool[] _isActive;
    private readonly Delegate?[] _getters;

    /// <param name="mapper">The stage, bound to the schema of the input.</param>
    /// <param name="input">The row or cursor beneath.</param>
    /// <param name="isActive">For every column of the output schema whether it is wanted.</param>
    public MappedColumns(RowMapper mapper, DataViewRow input, bool[] isActive)
    {
        _mapper = mapper;
        _input = input;
        _isActive = isActive;
        _getters = mapper.CreateGetters(input, isActive[mapper.InputSchema.Count..]);
    }

    public DataViewSchema Schema => _mapper.OutputSchema;

    public bool IsActive(DataViewSchema.Column column) => _isActive[Schema.CheckedIndex(column)];

    /// <exception cref="InvalidOperationException">The column is not active, or holds values of another type.</exception>
    public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        var index = Schema.CheckedIndex(column);
        if (!_isActive[index])
        {
            throw new InvalidOperationException($"Column '{Schema[index].Name}' is not active in this cursor.");
        }

        if (!_mapper.IsAdded(Schema[index]))
        {
            return _input.GetGetter<TValue>(_input.Schema[index]);
        }

        return _getters[index - _mapper.InputSchema.Count] as ValueGetter<TValue>
            ?? throw new InvalidOperationException(
                $"Column '{Schema[index].Name}': its values are {Schema[index].Type.RawType}, asked for were {typeof(TValue)}.");
    }
}
