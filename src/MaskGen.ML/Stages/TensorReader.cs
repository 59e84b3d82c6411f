using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>Reads a float tensor of the current row from a vector column.</summary>
internal sealed class TensorReader(DataViewRow row, string columnName)
{
    private readonly ValueGetter<VBuffer<float>> _getter = row.GetGetter<VBuffer<float>>(row.Schema[columnName]);
    private VBuffer<float> _buffer;

    /// <summary>A copy of the values, row-major, zeros of a sparse vector included.</summary>
    public float[] Read()
    {
        _getter(ref _buffer);
        var values = new float[_buffer.Length];
        _buffer.CopyTo(values);
        return values;
    }
}

/// <summary>Reads the size of the original picture that travels beside a tensor.</summary>
internal sealed class ImageSizeReader(DataViewRow row, string tensorColumnName)
{
    private readonly ValueGetter<VBuffer<int>> _getter = row.GetGetter<VBuffer<int>>(
        row.Schema[ImageColumns.ImageSizeName(tensorColumnName)]);
    private VBuffer<int> _buffer;

    /// <summary>The size, or null for zeros: the row has no picture.</summary>
    /// <exception cref="InvalidDataException">A side is below 1 while the other is not 0.</exception>
    public ImageSize? Read()
    {
        _getter(ref _buffer);
        var size = new ImageSize(_buffer.GetItemOrDefault(0), _buffer.GetItemOrDefault(1));
        if (size == default)
        {
            return null;
        }

        return size.Width >= 1 && size.Height >= 1
            ? size
            : throw new InvalidDataException(
                $"Column '{ImageColumns.ImageSizeName(tensorColumnName)}': expected width and height of at least 1, "
                + $"or 0 and 0 for no picture; found {size}.");
    }
}

/// <summary>Reads an encoded picture from the columns that carry it.</summary>
internal sealed class EncodedImageReader(DataViewRow row, string columnName, int inputSize)
{
    private readonly TensorReader _embedding = new(row, columnName);
    private readonly TensorReader _features0 = new(row, ImageColumns.HighResolutionFeatures0Name(columnName));
    private readonly TensorReader _features1 = new(row, ImageColumns.HighResolutionFeatures1Name(columnName));
    private readonly ImageSizeReader _size = new(row, columnName);

    /// <summary>The picture, or null when the row has none.</summary>
    public EncodedImage? Read() => _size.Read() is { } size
        ? new EncodedImage(size, inputSize, _embedding.Read(), _features0.Read(), _features1.Read())
        : null;
}
