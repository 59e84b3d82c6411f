using MaskGen.ML.Stages;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Runs;

/// <summary>Gives a pipeline one image after the other and reads the masks. Not safe for concurrent use.</summary>
internal sealed class PipelineRows : IDisposable
{
    private static readonly string[] PlainColumns =
        [ColumnNames.CocoRle, ColumnNames.ImageSize, ColumnNames.PredictedIou, ColumnNames.StabilityScore];

    // What a stage gives that marks a row as failed, of which a later stage has dropped the column that says why.
    private const string NoImage = "The pipeline gave neither masks nor the size of an image, and nothing that says why.";

    private readonly ImageRow _input;
    private readonly DataViewRow _output;
    private readonly Func<MaskSet> _masks;
    private readonly Func<string?> _error;

    /// <summary>Binds a pipeline, which loads its models.</summary>
    /// <exception cref="ArgumentException">See <see cref="Check"/>.</exception>
    public PipelineRows(ITransformer model, string imageColumn, string? maskColumn)
    {
        var (mapper, isDecoded) = Bind(model, imageColumn);
        _input = new ImageRow(mapper.InputSchema, isDecoded);
        var masks = MaskColumn(mapper.OutputSchema, maskColumn);
        _output = mapper.GetRow(_input, Columns(mapper.OutputSchema, masks));
        _masks = MaskGetter(_output, masks);
        _error = ErrorGetter(_output, masks);
    }

    /// <summary>What a pipeline is given, and where it writes masks.</summary>
    /// <param name="model">The pipeline.</param>
    /// <param name="imageColumn">The column of images.</param>
    /// <param name="maskColumn">The column of masks; null for the only one.</param>
    /// <exception cref="ArgumentException">It makes several rows of one, takes other columns than that of images, or has no
    /// masks.</exception>
    public static (DataViewSchema Input, string MaskColumn) Check(ITransformer model, string imageColumn, string? maskColumn)
    {
        var (mapper, _) = Bind(model, imageColumn);
        return (mapper.InputSchema, MaskColumn(mapper.OutputSchema, maskColumn));
    }

    /// <summary>Computes the masks of an image.</summary>
    /// <param name="key">What it is called.</param>
    /// <param name="bytes">Its file.</param>
    /// <param name="error">What is wrong with it, in which case there are no masks; null for nothing.</param>
    /// <exception cref="OperationCanceledException">The context of the pipeline was cancelled.</exception>
    public MaskSet Compute(string key, byte[] bytes, out string? error)
    {
        try
        {
            _input.Set(key, bytes);
            var masks = _masks();
            error = _error() ?? (masks.ImageSize == default ? NoImage : null);
            return masks;
        }
        catch (Exception e) when (Cause(e) is not OperationCanceledException)
        {
            // The other images go on, whatever this one met with.
            error = Cause(e) is OutOfMemoryException ? "Not enough memory for this image." : e.Message;
            return MaskSet.Empty;
        }
    }

    public void Dispose()
    {
        _output.Dispose();
        _input.Dispose();
    }

    private static Exception Cause(Exception e) => e switch
    {
        AggregateException { InnerExceptions: [var first, ..] } => Cause(first),
        InvalidOperationException { InnerException: OperationCanceledException inner } => inner,
        _ => e,
    };

    // As bytes of files, which are turned upright and checked for their end; or as images, where the pipeline wants those.
    private static (IRowToRowMapper Mapper, bool IsDecoded) Bind(ITransformer model, string imageColumn)
    {
        if (!model.IsRowToRowMapper)
        {
            throw new ArgumentException(
                "Expected a pipeline that gives one row for each image, found one that makes several of it, or none (ExpandMasks does). "
                + "Make the run with the stages before it, and expand the masks that are read from the result.");
        }

        try
        {
            return (model.GetRowToRowMapper(ImageRow.SchemaOf(imageColumn, isDecoded: false)), false);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            try
            {
                return (model.GetRowToRowMapper(ImageRow.SchemaOf(imageColumn, isDecoded: true)), true);
            }
            catch (Exception again) when (again is ArgumentException or InvalidOperationException)
            {
                throw new ArgumentException(
                    $"Expected a pipeline that takes the column '{imageColumn}', the bytes of image files or images, and no other but "
                    + $"'Key', the name of the image as text. It says: {e.Message}",
                    e);
            }
        }
    }

    private static string MaskColumn(DataViewSchema schema, string? name)
    {
        if (name is not null)
        {
            return IsMasks(schema, name)
                ? name
                : throw new ArgumentException($"Expected a column of masks called '{name}' in what the pipeline gives, found none.");
        }

        const string Runs = "." + ColumnNames.CocoRle;
        var found = schema.Where(column => !column.IsHidden)
            .Select(column => column.Name.EndsWith(Runs, StringComparison.Ordinal) ? column.Name[..^Runs.Length] : column.Name)
            .Where(one => IsMasks(schema, one)).Distinct().ToList();
        return found switch
        {
            [var only] => only,
            [] => throw new ArgumentException("Expected a pipeline with a stage that gives masks (GenerateMasks), found none."),
            _ => throw new ArgumentException(
                $"Expected one column of masks, found {string.Join(", ", found.Select(one => $"'{one}'"))}; say which is meant."),
        };
    }

    // The rich column; or the plain ones beside it, which may be all that is left of it.
    private static bool IsMasks(DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name) is { Type: MaskSetDataViewType }
        || PlainColumns.All(companion => schema.GetColumnOrNull(ColumnNames.Of(name, companion)) is not null);

    private static IEnumerable<DataViewSchema.Column> Columns(DataViewSchema schema, string masks)
    {
        IEnumerable<string> names = schema.GetColumnOrNull(masks) is { Type: MaskSetDataViewType }
            ? [masks]
            : PlainColumns.Select(companion => ColumnNames.Of(masks, companion));
        return names.Select(name => schema[name]).Concat(ErrorColumn(schema, masks) is { } error ? [error] : []);
    }

    private static DataViewSchema.Column? ErrorColumn(DataViewSchema schema, string masks) =>
        schema.GetColumnOrNull(ColumnNames.Of(masks, ColumnNames.Error)) is { Type: TextDataViewType } column ? column : null;

    private static Func<string?> ErrorGetter(DataViewRow row, string masks)
    {
        var getter = ErrorColumn(row.Schema, masks) is { } column ? row.GetGetter<ReadOnlyMemory<char>>(column) : null;
        return () =>
        {
            ReadOnlyMemory<char> value = default;
            getter?.Invoke(ref value);
            return value.IsEmpty ? null : value.ToString();
        };
    }

    private static Func<MaskSet> MaskGetter(DataViewRow row, string masks)
    {
        if (row.Schema.GetColumnOrNull(masks) is not { Type: MaskSetDataViewType } column)
        {
            return PlainGetter(row, masks);
        }

        var getter = row.GetGetter<MaskSet>(column);
        return () =>
        {
            var value = MaskSet.Empty;
            getter(ref value);
            return value;
        };
    }

    private static Func<MaskSet> PlainGetter(DataViewRow row, string masks)
    {
        var (runs, size) = (Getter<ReadOnlyMemory<char>>(ColumnNames.CocoRle), Getter<int>(ColumnNames.ImageSize));
        var (iou, stability) = (Getter<float>(ColumnNames.PredictedIou), Getter<float>(ColumnNames.StabilityScore));
        return () =>
        {
            var (texts, sides, ious, stabilities) = (runs(), size(), iou(), stability());
            if (sides is not [> 0 and var width, > 0 and var height])
            {
                return MaskSet.Empty;
            }

            var image = new ImageSize(width, height);
            return new MaskSet(
                image,
                [
                    .. texts.Select((text, i) => MaskRecord.From(CocoRle.Decode(image, text.ToString())) with
                    {
                        PredictedIou = ious[i], StabilityScore = stabilities[i],
                    }),
                ]);
        };

        Func<T[]> Getter<T>(string companion)
        {
            var getter = row.GetGetter<VBuffer<T>>(row.Schema[ColumnNames.Of(masks, companion)]);
            VBuffer<T> value = default;
            return () =>
            {
                getter(ref value);
                return [.. value.DenseValues()];
            };
        }
    }
}
