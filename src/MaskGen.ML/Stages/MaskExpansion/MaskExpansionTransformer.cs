using MaskGen.ML;
using MaskGen.ML.DataView;
using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: LoadableClass(typeof(MaskExpansionTransformer), null, typeof(SignatureLoadModel), "", MaskExpansionTransformer.LoaderName)]

namespace MaskGen.ML;

/// <summary>Makes one row of each mask; see <see cref="MaskExpansionEstimator"/> for the columns.</summary>
/// <remarks>Safe for concurrent use; cursors are not.</remarks>
public sealed class MaskExpansionTransformer : ITransformer
{
    internal const string LoaderName = "MaskExpansion";
    private static readonly ModelFormat Format = new("S2 MSKEX", LoaderName, Version: 3, ReadableFrom: 3, OldestReadable: 2);

    private readonly IHost _host;
    private readonly MaskExpansionColumns _columns;
    private readonly TransformerState _state = new(nameof(MaskExpansionTransformer));

    internal MaskExpansionTransformer(IHostEnvironment environment, MaskExpansionColumns columns)
    {
        _host = environment.Register(nameof(MaskExpansionTransformer));
        _columns = columns;
    }

    /// <summary>Always false: one row becomes several, or none.</summary>
    public bool IsRowToRowMapper => false;

    /// <summary>The schema with the columns of the stage added.</summary>
    /// <param name="inputSchema">Schema of the data to come.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var input in _columns.Inputs)
        {
            input.Find(inputSchema);
        }

        return inputSchema.With(_columns.Outputs);
    }

    /// <summary>Makes one row of each mask; nothing is read before the rows are.</summary>
    /// <param name="input">The data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var failedBefore = InputErrors(input.Schema);
        List<InputColumn> inputs = failedBefore is null ? [_columns.MasksInput] : [_columns.MasksInput, failedBefore];
        return new RowExpandingDataView<ExpandedMask>(
            input,
            inputs,
            _columns.ExtraInputs,
            _columns.Outputs,
            Bind,
            _state,
            _columns.IsMarking ? ExpandedMask.Failed : null);
    }

    /// <summary>Not supported: one input row can yield several output rows.</summary>
    /// <param name="inputSchema">Not looked at.</param>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) =>
        throw new InvalidOperationException(
            $"{nameof(MaskExpansionTransformer)} makes several rows of one: it is no row-to-row mapper, see {nameof(IsRowToRowMapper)}.");

    // Found by ML.NET through the LoadableClass attribute above.
    private static MaskExpansionTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        MlNetInternals.ThrowIfUnsupported();
        var reader = SavedStageReader.Open(ctx, Format);
        return new(env, MaskExpansionColumns.Read(reader));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        var writer = SavedStageWriter.Begin(ctx, Format);
        _columns.Write(writer);
        writer.Complete();
    }

    // Where the stage before marks its failed rows, and this one does too.
    private InputColumn? InputErrors(DataViewSchema inputSchema) =>
        _columns.IsMarking && inputSchema.GetColumnOrNull(_columns.InputErrors) is { Type: TextDataViewType }
            ? InputColumn.Scalar<TextDataViewType>(_columns.InputErrors, "text", string.Empty)
            : null;

    private RowComputation<IReadOnlyList<ExpandedMask>> Bind(DataViewRow row)
    {
        var getMasks = row.GetGetter<MaskSet?>(row.Schema[_columns.Columns.Input]);
        var getError = InputErrors(row.Schema) is { } errors ? row.GetGetter<ReadOnlyMemory<char>>(errors.Find(row.Schema)) : null;

        // An image as large as its masks was within the limit of whatever made them.
        var reader = _columns.Options.ImageColumn is { } imageColumn && row.IsColumnActive(row.Schema[imageColumn])
            ? ImageReader.Create(_host, row, imageColumn, maximumPixels: 0, _columns.Options.Range)
            : null;
        return new(Expand, () => reader?.Tag);

        IReadOnlyList<ExpandedMask> Expand()
        {
            StageStep.ThrowIfCanceled(_host);
            ReadOnlyMemory<char> error = default;
            getError?.Invoke(ref error);
            if (!error.IsEmpty)
            {
                return [ExpandedMask.Failed(error.ToString())];
            }

            MaskSet? masks = null;
            getMasks(ref masks);
            if (masks is null)
            {
                return [];
            }

            var image = reader is null
                ? null
                : new RowImage(
                    () => reader.Read(masks.ImageSize, $"as large as the masks of column '{_columns.Columns.Input}'"), _columns.IsMarking);
            return [.. masks.Select((_, index) => new ExpandedMask(masks, index, image))];
        }
    }
}
