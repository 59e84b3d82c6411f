using MaskGen.ML.DataView;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MaskGen.ML;

/// <summary>What the transformers of this library share: they add columns to every row and leave the others as they are.</summary>
/// <remarks>Safe for concurrent use until disposed; cursors are not. Not meant to be derived from elsewhere.</remarks>
public abstract class RowMappingTransformer : ITransformer, IDisposable
{
    private bool _isDisposed;
    private long _computedRows;

    private protected RowMappingTransformer(IHost host)
    {
        Host = host;
    }

    /// <summary>Always true: each row is computed from that row alone.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>Rows computed so far, over all cursors.</summary>
    internal long ComputedRows => Interlocked.Read(ref _computedRows);

    /// <summary>Name and version under which the stage is saved.</summary>
    private protected abstract ModelFormat Format { get; }

    private protected IHost Host { get; }

    /// <summary>The schema with the columns of the stage added.</summary>
    /// <param name="inputSchema">Schema of the data to come.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return MakeMapper(inputSchema).OutputSchema;
    }

    /// <summary>Adds the columns of the stage; nothing is computed until they are read, row by row.</summary>
    /// <param name="input">The data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new RowMappingDataView(input, MakeMapper(input.Schema));
    }

    /// <summary>The stage as a function on single rows, as <see cref="PredictionEngine{TSrc, TDst}"/> uses it.</summary>
    /// <param name="inputSchema">Schema of the rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new RowMappingDataView(new EmptyDataView(Host, inputSchema), MakeMapper(inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        ThrowIfDisposed();
        Format.Write(ctx);
        SaveModel(ctx);
    }

    /// <summary>Frees what the stage holds. Views and cursors of it fail afterwards.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            DisposeModel();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Binds the stage to a schema.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    private protected abstract RowMapper MakeMapper(DataViewSchema inputSchema);

    /// <summary>Writes everything behind the header.</summary>
    private protected abstract void SaveModel(ModelSaveContext context);

    private protected abstract void DisposeModel();

    private protected void CountRow() => Interlocked.Increment(ref _computedRows);

    private protected void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);
}
