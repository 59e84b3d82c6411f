using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.DataView;

/// <summary>A data view with one row for each of the things that a row of its source holds; the columns of that row are repeated.</summary>
/// <typeparam name="TItem">One of the things.</typeparam>
/// <param name="source">The data.</param>
/// <param name="inputs">The columns that are read whatever is wanted: how many rows there are depends on them.</param>
/// <param name="extraInputs">The columns that are read for one of the added columns alone, by the name of that one.</param>
/// <param name="outputs">The columns that are added.</param>
/// <param name="bind">Binds to a cursor, where an extra input may not be active: gives a function that finds the things of its current
/// row.</param>
/// <param name="state">The transformer whose rows these are.</param>
/// <param name="markFailed">Makes the one thing that stands for a row whose things cannot be found, from the reason; null to throw
/// there.</param>
internal sealed class RowExpandingDataView<TItem>(
    IDataView source,
    IReadOnlyList<InputColumn> inputs,
    IReadOnlyDictionary<string, InputColumn> extraInputs,
    IReadOnlyList<OutputColumn<TItem>> outputs,
    Func<DataViewRow, RowComputation<IReadOnlyList<TItem>>> bind,
    TransformerState state,
    Func<string, TItem>? markFailed = null) : IDataView
    where TItem : class
{
    private readonly DataViewSchema.Column[] _inputs = [.. inputs.Select(input => input.Find(source.Schema))];
    private readonly Dictionary<string, DataViewSchema.Column> _extraInputs =
        extraInputs.ToDictionary(input => input.Key, input => input.Value.Find(source.Schema));

    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema { get; } = source.Schema.With(outputs);

    /// <summary>Unknown: the rows would have to be looked at.</summary>
    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var isActive = Schema.ActiveColumns(columnsNeeded);
        var input = source.GetRowCursor(InputColumns(isActive), rand);
        try
        {
            return new Cursor(this, input, isActive, bind(input), state);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private IEnumerable<DataViewSchema.Column> InputColumns(bool[] isActive)
    {
        var isRead = isActive[..source.Schema.Count];
        foreach (var column in _inputs)
        {
            isRead[column.Index] = true;
        }

        for (var i = 0; i < outputs.Count; i++)
        {
            if (isActive[source.Schema.Count + i] && _extraInputs.TryGetValue(outputs[i].Name, out var column))
            {
                isRead[column.Index] = true;
            }
        }

        return source.Schema.Where(column => isRead[column.Index]);
    }

    private sealed class Cursor : DataViewRowCursor, IRowResult<TItem>
    {
        private readonly DataViewRowCursor _input;
        private readonly MappedColumns _columns;
        private readonly Func<IReadOnlyList<TItem>> _read;
        private readonly Func<string, TItem>? _markFailed;
        private readonly RowErrors _errors;
        private IReadOnlyList<TItem> _items = [];
        private int _index = -1;
        private long _position = -1;

        public Cursor(
            RowExpandingDataView<TItem> view,
            DataViewRowCursor input,
            bool[] isActive,
            RowComputation<IReadOnlyList<TItem>> computation,
            TransformerState state)
        {
            _input = input;
            _read = computation.Compute;
            _markFailed = view.MarkFailed;

            // Rows are named as in the source: the rows of this view have no name that anybody knows.
            _errors = new RowErrors(input, computation.Describe, state);
            var getters = view.AddedColumns.Select((output, i) => isActive[input.Schema.Count + i] ? output.MakeGetter(this) : null);
            _columns = new MappedColumns(view.Schema, input, isActive, [.. getters]);
        }

        public override long Position => _position;

        public override long Batch => _input.Batch;

        public override DataViewSchema Schema => _columns.Schema;

        public override bool MoveNext()
        {
            _index++;
            while (_index >= _items.Count)
            {
                if (!_input.MoveNext())
                {
                    _items = [];
                    _position = -1;
                    return false;
                }

                // Emptied first: after a failure the next row is the next one of the source.
                _items = [];
                _items = Read();
                _index = 0;
            }

            _position++;
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter()
        {
            var getter = _input.GetIdGetter();
            return (ref DataViewRowId id) =>
            {
                getter(ref id);
                id = id.Combine(new DataViewRowId((ulong)_index, 0));
            };
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => _columns.IsActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _columns.GetGetter<TValue>(column);

        // Failed rows say so by what stands for them.
        string? IRowResult<TItem>.Error => null;

        TItem IRowResult<TItem>.Get() => _items[_index];

        Exception? IRowResult<TItem>.Explain(Exception error) => _errors.Explain(error);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _input.Dispose();
            }

            base.Dispose(disposing);
        }

        private IReadOnlyList<TItem> Read()
        {
            try
            {
                return _read();
            }
            catch (Exception e) when (_markFailed is not null && RowErrors.FailureText(e) is { } text)
            {
                return [_markFailed(text)];
            }
            catch (Exception e)
            {
                if (_errors.Explain(e) is { } explained)
                {
                    throw explained;
                }

                throw;
            }
        }
    }

    private IReadOnlyList<OutputColumn<TItem>> AddedColumns => outputs;

    private Func<string, TItem>? MarkFailed => markFailed;
}
