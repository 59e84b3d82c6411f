using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.DataView;

/// <summary>A column that a stage writes, taken from what it computes once per row.</summary>
/// <typeparam name="TResult">What is computed once per row.</typeparam>
internal abstract class OutputColumn<TResult>(string name, DataViewType type, DataViewSchema.Annotations? annotations)
{
    public string Name { get; } = name;

    public DataViewType Type { get; } = type;

    /// <summary>What is known of the column whatever the row, or null.</summary>
    public DataViewSchema.Annotations? Annotations { get; } = annotations;

    /// <summary>What is promised before there is data.</summary>
    public SchemaShape.Column Shape
    {
        get
        {
            SchemaShape.GetColumnTypeShape(Type, out var kind, out var item, out var isKey);
            return new SchemaShape.Column(Name, kind, item, isKey, Annotations is null ? null : SchemaShapes.Of(Annotations.Schema));
        }
    }

    /// <summary>A <see cref="ValueGetter{TValue}"/> of the column's raw type over the result of the current row.</summary>
    public abstract Delegate MakeGetter(IRowResult<TResult> currentRow);
}

/// <summary>Makes output columns of the usual forms.</summary>
internal static class OutputColumn
{
    /// <summary>Length of a vector that differs from row to row.</summary>
    public delegate int LengthOf<TResult>(TResult result);

    /// <summary>Writes a whole vector; every item must be set, since buffers are used again.</summary>
    public delegate void Fill<TResult, TItem>(TResult result, Span<TItem> items);

    /// <summary>One value per row.</summary>
    public static OutputColumn<TResult> Scalar<TResult, TValue>(string name, DataViewType type, Func<TResult, TValue> value) =>
        new ScalarColumn<TResult, TValue>(name, type, value);

    /// <summary>A vector per row.</summary>
    /// <param name="name">Name of the column.</param>
    /// <param name="type">Its type; a dimension of 0 differs from row to row.</param>
    /// <param name="length">How many items a row has.</param>
    /// <param name="fill">Writes them.</param>
    /// <param name="annotations">What is known of the column whatever the row, or null.</param>
    public static OutputColumn<TResult> Vector<TResult, TItem>(
        string name,
        VectorDataViewType type,
        LengthOf<TResult> length,
        Fill<TResult, TItem> fill,
        DataViewSchema.Annotations? annotations = null) => new VectorColumn<TResult, TItem>(name, type, length, fill, annotations);

    /// <summary>The columns, and that of errors where failed rows are marked.</summary>
    public static IReadOnlyList<OutputColumn<TResult>> WithErrors<TResult>(
        this IReadOnlyList<OutputColumn<TResult>> columns, FailedRows<TResult>? failedRows) =>
        failedRows is null ? columns : [.. columns, Error<TResult>(failedRows.ErrorColumn)];

    /// <summary>Why the row could not be computed; empty where it could.</summary>
    public static OutputColumn<TResult> Error<TResult>(string name) => new ErrorColumn<TResult>(name);

    private sealed class ScalarColumn<TResult, TValue>(string name, DataViewType type, Func<TResult, TValue> value)
        : OutputColumn<TResult>(name, type, annotations: null)
    {
        public override Delegate MakeGetter(IRowResult<TResult> currentRow)
        {
            ValueGetter<TValue> getter = (ref TValue destination) =>
            {
                // As ML.NET's stages do with an image of theirs: it ends with its row.
                if (destination is IDisposable previous)
                {
                    destination = default!;
                    previous.Dispose();
                }

                var result = currentRow.Get();
                try
                {
                    destination = value(result);
                }
                catch (Exception e)
                {
                    if (currentRow.Explain(e) is { } explained)
                    {
                        throw explained;
                    }

                    throw;
                }
            };
            return getter;
        }
    }

    private sealed class VectorColumn<TResult, TItem>(
        string name, VectorDataViewType type, LengthOf<TResult> length, Fill<TResult, TItem> fill, DataViewSchema.Annotations? annotations)
        : OutputColumn<TResult>(name, type, annotations)
    {
        public override Delegate MakeGetter(IRowResult<TResult> currentRow)
        {
            ValueGetter<VBuffer<TItem>> getter = (ref VBuffer<TItem> destination) =>
            {
                var result = currentRow.Get();
                try
                {
                    var editor = VBufferEditor.Create(ref destination, length(result));
                    fill(result, editor.Values);
                    destination = editor.Commit();
                }
                catch (Exception e)
                {
                    if (currentRow.Explain(e) is { } explained)
                    {
                        throw explained;
                    }

                    throw;
                }
            };
            return getter;
        }
    }

    private sealed class ErrorColumn<TResult>(string name) : OutputColumn<TResult>(name, TextDataViewType.Instance, annotations: null)
    {
        public override Delegate MakeGetter(IRowResult<TResult> currentRow)
        {
            ValueGetter<ReadOnlyMemory<char>> getter = (ref ReadOnlyMemory<char> destination) =>
            {
                currentRow.Get();
                destination = currentRow.Error.AsMemory();
            };
            return getter;
        }
    }
}
