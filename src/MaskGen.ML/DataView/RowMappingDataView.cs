using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.DataView;

/// <summary>A data view with the columns of a stage added to those of its source, computed when they are read.</summary>
/// <remarks>
/// A view of our own rather than ML.NET's row mapper: that one splits a cursor over threads as soon as a column of plain type is read, and
/// each would hold an image and run a model that already uses every core. Here a cursor is a cursor.
/// </remarks>
internal sealed class RowMappingDataView(IDataView source, RowMapper mapper) : IDataView, IRowToRowMapper
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => mapper.OutputSchema;

    DataViewSchema IRowToRowMapper.InputSchema => mapper.InputSchema;

    DataViewSchema IRowToRowMapper.OutputSchema => mapper.OutputSchema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var isActive = Schema.ActiveColumns(columnsNeeded);
        var input = source.GetRowCursor(mapper.GetInputColumns(Schema.Where(column => isActive[column.Index])), rand);
        return Wrap(input, isActive);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        ArgumentNullException.ThrowIfNull(columnsNeeded);
        var isActive = Schema.ActiveColumns(columnsNeeded);
        if (Schema.Any(column => mapper.IsAdded(column) && isActive[column.Index]))
        {
            // One: the model behind the stage uses every core for one row.
            return [GetRowCursor(columnsNeeded, rand)];
        }

        var inputs = source.GetRowCursorSet(mapper.GetInputColumns(Schema.Where(column => isActive[column.Index])), n, rand);
        return [.. inputs.Select(input => Wrap(input, isActive))];
    }

    IEnumerable<DataViewSchema.Column> IRowToRowMapper.GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        ArgumentNullException.ThrowIfNull(dependingColumns);
        return mapper.GetInputColumns(dependingColumns);
    }

    DataViewRow IRowToRowMapper.GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (input.Schema != mapper.InputSchema)
        {
            throw new ArgumentException(
                "Expected a row of the schema that the mapper is bound to, found one of another schema.", nameof(input));
        }

        return Map(input, Schema.ActiveColumns(activeColumns));
    }

    private DataViewRowCursor Wrap(DataViewRowCursor input, bool[] isActive)
    {
        try
        {
            return Map(input, isActive);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    private MappedRow Map(DataViewRow input, bool[] isActive) =>
        new(input, new MappedColumns(Schema, input, isActive, mapper.CreateGetters(input, isActive[mapper.InputSchema.Count..])));

    // A cursor over a cursor, and over a row just that row.
    private sealed class MappedRow(DataViewRow input, MappedColumns columns) : DataViewRowCursor
    {
        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => columns.Schema;

        public override bool MoveNext() => input is DataViewRowCursor cursor
            ? cursor.MoveNext()
            : throw new InvalidOperationException("A row that a row-to-row mapper gave is no cursor: it cannot be moved.");

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => columns.IsActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => columns.GetGetter<TValue>(column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
