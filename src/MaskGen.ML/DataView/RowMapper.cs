using Microsoft.ML;

namespace MaskGen.ML.DataView;

/// <summary>A stage bound to the schema of its input: which columns it adds, from which it reads, and how to get their values.</summary>
/// <remarks>Safe for concurrent use; the getters that it makes are not.</remarks>
internal abstract class RowMapper
{
    protected RowMapper(DataViewSchema inputSchema, DataViewSchema outputSchema)
    {
        InputSchema = inputSchema;
        OutputSchema = outputSchema;
    }

    public DataViewSchema InputSchema { get; }

    /// <summary>The columns of <see cref="InputSchema"/> at their own index, then the added ones.</summary>
    public DataViewSchema OutputSchema { get; }

    /// <summary>Whether a column is one of those that the stage adds.</summary>
    public bool IsAdded(DataViewSchema.Column column) => column.Index >= InputSchema.Count;

    /// <summary>Columns of the input that must be active for these columns of the output.</summary>
    public abstract IEnumerable<DataViewSchema.Column> GetInputColumns(IEnumerable<DataViewSchema.Column> activeOutput);

    /// <summary>Binds the stage to rows.</summary>
    /// <param name="input">A row, or a cursor whose current row moves.</param>
    /// <param name="isActive">For every added column whether it is wanted.</param>
    /// <returns>One getter per added column, null for those that are not wanted.</returns>
    public abstract Delegate?[] CreateGetters(DataViewRow input, bool[] isActive);
}

/// <summary>A mapper that computes one result per row, at most once and only when a wanted column is read.</summary>
/// <typeparam name="TResult">What is computed once per row.</typeparam>
internal sealed class RowMapper<TResult> : RowMapper
{
    private readonly DataViewSchema.Column[] _inputs;
    private readonly IReadOnlyList<OutputColumn<TResult>> _outputs;
    private readonly Func<DataViewRow, RowComputation<TResult>> _bind;
    private readonly TransformerState _state;
    private readonly FailedRows<TResult>? _failedRows;

    /// <param name="inputSchema">The schema to bind to.</param>
    /// <param name="inputs">The columns that are read.</param>
    /// <param name="outputs">The columns that are added.</param>
    /// <param name="bind">Binds the stage to a row or cursor; called only when a column that is added is wanted.</param>
    /// <param name="state">The transformer whose rows these are.</param>
    /// <param name="failedRows">How failed rows are marked; null where they throw.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that is read is missing or of another type.</exception>
    public RowMapper(
        DataViewSchema inputSchema,
        IEnumerable<InputColumn> inputs,
        IReadOnlyList<OutputColumn<TResult>> outputs,
        Func<DataViewRow, RowComputation<TResult>> bind,
        TransformerState state,
        FailedRows<TResult>? failedRows = null)
        : this(inputSchema, inputs, outputs.WithErrors(failedRows), failedRows, bind, state)
    {
    }

    private RowMapper(
        DataViewSchema inputSchema,
        IEnumerable<InputColumn> inputs,
        IReadOnlyList<OutputColumn<TResult>> outputs,
        FailedRows<TResult>? failedRows,
        Func<DataViewRow, RowComputation<TResult>> bind,
        TransformerState state)
        : base(inputSchema, inputSchema.With(outputs))
    {
        _inputs = [.. inputs.Select(input => input.Find(inputSchema))];
        if (failedRows?.FindInputErrors(inputSchema) is { } errors)
        {
            _inputs = [.. _inputs, errors];
        }

        _outputs = outputs;
        _failedRows = failedRows;
        _bind = bind;
        _state = state;
    }

    public override IEnumerable<DataViewSchema.Column> GetInputColumns(IEnumerable<DataViewSchema.Column> activeOutput)
    {
        var isActive = new bool[InputSchema.Count];
        foreach (var column in activeOutput)
        {
            if (IsAdded(column))
            {
                foreach (var input in _inputs)
                {
                    isActive[input.Index] = true;
                }
            }
            else
            {
                isActive[column.Index] = true;
            }
        }

        return InputSchema.Where(column => isActive[column.Index]);
    }

    public override Delegate?[] CreateGetters(DataViewRow input, bool[] isActive)
    {
        var getters = new Delegate?[_outputs.Count];
        if (isActive.Any(active => active))
        {
            var cache = new RowCache<TResult>(input, _bind(input), _state, _failedRows);
            for (var i = 0; i < getters.Length; i++)
            {
                getters[i] = isActive[i] ? _outputs[i].MakeGetter(cache) : null;
            }
        }

        return getters;
    }
}
