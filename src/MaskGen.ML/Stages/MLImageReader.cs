using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>Reads the image of the current row from a column of ML.NET's images.</summary>
/// <remarks>
/// The image belongs to whoever made it: it is handed back to the getter on the next row, as ML.NET's stages do, so that a loader can
/// free it; it is not disposed here, since a user's own images in memory come through the same door.
/// </remarks>
internal sealed class MLImageReader(DataViewRow row, string columnName, long maximumPixels) : ImageReader(columnName)
{
    private readonly ValueGetter<MLImage> _getter = row.GetGetter<MLImage>(row.Schema[columnName]);
    private MLImage? _image;

    public override RgbImage? Read()
    {
        if (Size() is not { } size)
        {
            return null;
        }

        if (size.PixelCount > maximumPixels)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"Column '{ColumnName}': expected an image of at most {maximumPixels:N0} pixels (the option MaximumPixels), found {size} "
                + $"= {size.PixelCount:N0} pixels."));
        }

        return Copy(size);
    }

    public override RgbImage Read(ImageSize expected, string reason)
    {
        var size = Size();
        return size == expected ? Copy(expected) : throw OtherSize(expected, reason, size);
    }

    // Asks for the image without copying it.
    private ImageSize? Size()
    {
        Tag = null;
        _getter(ref _image!);
        if (_image is null)
        {
            return null;
        }

        try
        {
            Tag = _image.Tag;
            return new ImageSize(_image.Width, _image.Height);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException(
                $"Column '{ColumnName}': expected an image, found a disposed one. Keep images until the rows that hold them "
                + "have been read.",
                e);
        }
    }

    private RgbImage Copy(ImageSize size)
    {
        // Its size has been looked at already, and need not be within the default limit.
        var missing = MissingImageRows.Count(_image!);
        return missing == 0
            ? RgbImage.FromMLImage(_image!, new ImageLoadOptions { MaximumPixels = size.PixelCount })
            : throw new InvalidDataException(
                $"Column '{ColumnName}': expected a whole image, found that the last {missing} of {size.Height} rows have no pixels: "
                + "its file is cut short, and ML.NET's loader puts up with that.");
    }
}
