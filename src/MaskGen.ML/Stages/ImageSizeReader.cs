using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>Reads the size of the original image that travels beside a tensor.</summary>
internal sealed class ImageSizeReader(DataViewRow row, string tensorColumnName)
{
    private readonly string _columnName = ImageColumns.ImageSizeName(tensorColumnName);
    private readonly ValueGetter<VBuffer<int>> _getter = row.GetGetter<VBuffer<int>>(
        row.Schema[ImageColumns.ImageSizeName(tensorColumnName)]);
    private VBuffer<int> _buffer;

    /// <summary>The size, or null for zeros: the row has no image.</summary>
    /// <exception cref="InvalidDataException">A side is below 1 while the other is not 0, or there are more pixels than a run length can
    /// count.</exception>
    public ImageSize? Read()
    {
        _getter(ref _buffer);
        var size = new ImageSize(_buffer.GetItemOrDefault(0), _buffer.GetItemOrDefault(1));
        if (size == default)
        {
            return null;
        }

        if (size.Width < 1 || size.Height < 1)
        {
            throw new InvalidDataException(
                $"Column '{_columnName}': expected width and height of at least 1, or 0 and 0 for no image; found {size}.");
        }

        return size.PixelCount <= int.MaxValue
            ? size
            : throw new InvalidDataException(
                $"Column '{_columnName}': expected at most {int.MaxValue} pixels, found {size} = {size.PixelCount} pixels.");
    }
}
