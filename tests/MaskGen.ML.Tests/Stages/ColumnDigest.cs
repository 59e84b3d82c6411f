using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MaskGen.ML.Tests.Stages;

/// <summary>The values of columns, row by row, as text that differs as soon as one bit does.</summary>
internal static class ColumnDigest
{
    public static List<string> Of(IDataView view, IReadOnlyCollection<string> columns)
    {
        using var cursor = view.GetRowCursor(view.Schema.Where(column => columns.Contains(column.Name)));
        return Rest(cursor, columns);
    }

    public static List<string> Rest(DataViewRowCursor cursor, IReadOnlyCollection<string> columns)
    {
        var read = Reader(cursor, columns);
        var rows = new List<string>();
        while (cursor.MoveNext())
        {
            rows.Add(read());
        }

        return rows;
    }

    /// <summary>A function that digests the current row.</summary>
    public static Func<string> Reader(DataViewRow row, IEnumerable<string> columns)
    {
        var readers = columns.Select(name => Column(row, row.Schema[name])).ToList();
        return () => string.Join(" | ", readers.Select(read => read()));
    }

    private static Func<string> Column(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType { ItemType: var item } when item == NumberDataViewType.Single => Vector<float>(row, column),
        VectorDataViewType { ItemType: var item } when item == NumberDataViewType.Int32 => Vector<int>(row, column),
        VectorDataViewType { ItemType: var item } when item == NumberDataViewType.Int64 => Vector<long>(row, column),
        VectorDataViewType { ItemType: TextDataViewType } => Text(row, column),
        MaskSetDataViewType => Masks(row, column),
        TextDataViewType => OneText(row, column),
        ImageDataViewType => Image(row, column),
        var scalar when scalar == NumberDataViewType.Single => Scalar<float>(row, column),
        var scalar when scalar == NumberDataViewType.Int32 => Scalar<int>(row, column),
        var type => throw new NotSupportedException($"Column {column.Name} of type {type}."),
    };

    private static Func<string> Vector<T>(DataViewRow row, DataViewSchema.Column column)
        where T : unmanaged
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> buffer = default;
        return () =>
        {
            getter(ref buffer);
            var hash = SHA256.HashData(MemoryMarshal.AsBytes<T>(buffer.DenseValues().ToArray()));
            return string.Create(CultureInfo.InvariantCulture, $"{buffer.Length}:{Convert.ToHexString(hash, 0, 8)}");
        };
    }

    private static Func<string> Scalar<T>(DataViewRow row, DataViewSchema.Column column)
        where T : struct, IFormattable
    {
        var getter = row.GetGetter<T>(column);
        T value = default;
        return () =>
        {
            getter(ref value);
            return value.ToString(null, CultureInfo.InvariantCulture);
        };
    }

    private static Func<string> Text(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> buffer = default;
        return () =>
        {
            getter(ref buffer);
            return string.Join(",", buffer.DenseValues());
        };
    }

    private static Func<string> OneText(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> value = default;
        return () =>
        {
            getter(ref value);
            return value.ToString();
        };
    }

    private static Func<string> Image(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<MLImage?>(column);
        MLImage? value = null;
        return () =>
        {
            getter(ref value);
            return value is null
                ? "none"
                : $"{value.Width}x{value.Height} {value.PixelFormat}:{Convert.ToHexString(SHA256.HashData(value.Pixels.ToArray()), 0, 8)}";
        };
    }

    private static Func<string> Masks(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<MaskSet>(column);
        MaskSet masks = MaskSet.Empty;
        return () =>
        {
            getter(ref masks);
            var text = new StringBuilder($"{masks.ImageSize} {masks.Count}");
            foreach (var mask in masks)
            {
                text.Append(CultureInfo.InvariantCulture, $" [{mask.BoundingBox} {mask.PredictedIou:R} {mask.StabilityScore:R} {string.Join(',', mask.Segmentation.Counts.ToArray())}]");
            }

            return text.ToString();
        };
    }
}
