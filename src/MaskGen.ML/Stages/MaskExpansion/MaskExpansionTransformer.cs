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
    private static readonly ModelFormat Format = new("S2 MSKEX", LoaderName, Version: 1, ReadableFrom: 1, OldestReadable: 1);

    private readonly MaskExpansionColumns _columns;

    internal MaskExpansionTransformer(IHostEnvironment environment, MaskExpansionColumns columns)
    {
        environment.Register(nameof(MaskExpansionTransformer));
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

        return RowExpandingDataView<ExpandedMask>.OutputSchema(inputSchema, _columns.Outputs);
    }

    /// <summary>Makes one row of each mask; nothing is read before the rows are.</summary>
    /// <param name="input">The data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column that the stage reads is missing or of another type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new RowExpandingDataView<ExpandedMask>(input, [_columns.MasksInput], _columns.ExtraInputs, _columns.Outputs, Bind);
    }

    /// <summary>There is none.</summary>
    /// <param name="inputSchema">Not looked at.</param>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) =>
        throw new InvalidOperationException(
            $"{nameof(MaskExpansionTransformer)} makes several rows of one: it is no row-to-row mapper, see {nameof(IsRowToRowMapper)}.");

    // Found by ML.NET through the LoadableClass attribute above.
    private static MaskExpansionTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        Format.Check(ctx);
        return new(env, new MaskExpansionColumns(ctx.LoadNonEmptyString(), ctx.LoadNonEmptyString(), ctx.LoadStringOrNull()));
    }

    // Layout: name of the output column, name of the column of masks, name of the column of pictures or null (text).
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        Format.Write(ctx);
        ctx.SaveNonEmptyString(_columns.Output);
        ctx.SaveNonEmptyString(_columns.Masks);
        ctx.SaveStringOrNull(_columns.Image);
    }

    private Func<IReadOnlyList<ExpandedMask>> Bind(DataViewRow row)
    {
        var getMasks = row.GetGetter<MaskSet?>(row.Schema[_columns.Masks]);
        var reader = _columns.Image is { } image && row.IsColumnActive(row.Schema[image]) ? new ImageReader(row, image) : null;
        return () =>
        {
            MaskSet? masks = null;
            getMasks(ref masks);
            var picture = new Lazy<RgbImage?>(() => reader?.Read());
            return [.. (masks ?? MaskSet.Empty).Select((_, index) => new ExpandedMask(masks!, index, picture))];
        };
    }
}
