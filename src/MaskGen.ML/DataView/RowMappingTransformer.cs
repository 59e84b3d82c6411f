using MaskGen.ML.DataView;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MaskGen.ML;

/// <summary>What the transformers of this library share: they add columns to every row and leave the others as they are.</summary>
/// <remarks>Safe for concurrent use until disposed; cursors are not. Not meant to be derived from elsewhere.</remarks>
public abstract class RowMappingTransformer : ITransformer, IDisposable
{
    private protected RowMappingTransformer(IHost host)
    {
        Host = host;
        State = new TransformerState(GetType().Name);
    }

    /// <summary>Always true: each row is computed from that row alone.</summary>
    public bool IsRowToRowMapper => true;

    /// <summary>Rows computed so far, over all cursors.</summary>
    internal long ComputedRows => State.ComputedRows;

    /// <summary>Name and version under which the stage is saved.</summary>
    private protected abstract ModelFormat Format { get; }

    private protected IHost Host { get; }

    /// <summary>What the views, cursors and sessions of this transformer share with it.</summary>
    private protected TransformerState State { get; }

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
        State.ThrowIfDisposed();
        var writer = SavedStageWriter.Begin(ctx, Format);
        SaveModel(writer);
        writer.Complete();
    }

    /// <summary>Frees what the stage holds. Views and cursors of it fail afterwards, with <see cref="ObjectDisposedException"/>; so does
    /// saving it.</summary>
    public void Dispose()
    {
        if (State.TryDispose())
        {
            DisposeModel();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Binds the stage to a schema.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    private protected abstract RowMapper MakeMapper(DataViewSchema inputSchema);

    /// <summary>Writes values and parts of the stage.</summary>
    private protected abstract void SaveModel(SavedStageWriter writer);

    private protected abstract void DisposeModel();
}
