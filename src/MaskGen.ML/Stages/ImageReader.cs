using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>Reads the image of the current row from an image column.</summary>
/// <remarks>
/// The image belongs to whoever made it: it is handed back to the getter on the next row, as ML.NET's stages do, so that a loader can
/// free it; it is not disposed here, since a user's own images in memory come through the same door.
/// </remarks>
internal sealed class ImageReader
{
    private readonly string _columnName;
    private readonly long _maximumPixels;
    private readonly ValueGetter<MLImage> _getter;
    private MLImage? _image;

    /// <param name="row">The row or cursor.</param>
    /// <param name="columnName">Name of the column.</param>
    /// <param name="maximumPixels">Width times height that an image may have at most.</param>
    public ImageReader(DataViewRow row, string columnName, long maximumPixels)
    {
        _columnName = columnName;
        _maximumPixels = maximumPixels;
        _getter = row.GetGetter<MLImage>(row.Schema[columnName]);
    }

    /// <summary>What the image of the last reading is called, usually its path; null when it has no name.</summary>
    public string? Tag { get; private set; }

    /// <summary>A copy of the image, or null when the row has none.</summary>
    /// <exception cref="InvalidDataException">The image has more pixels than allowed, is disposed, or lacks its last rows.</exception>
    public RgbImage? Read()
    {
        if (Size() is not { } size)
        {
            return null;
        }

        if (size.PixelCount > _maximumPixels)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"Column '{_columnName}': expected an image of at most {_maximumPixels:N0} pixels (the option MaximumPixels), found {size} "
                + $"= {size.PixelCount:N0} pixels."));
        }

        return Copy(size);
    }

    /// <summary>A copy of the image of a row that is known to have one of this size.</summary>
    /// <param name="expected">The size, of an image that was within its limit.</param>
    /// <param name="reason">Why that size, for the message.</param>
    /// <exception cref="InvalidDataException">The row has no image, or one of another size; or the image is disposed or lacks its last
    /// rows.</exception>
    public RgbImage Read(ImageSize expected, string reason)
    {
        var size = Size();
        return size == expected
            ? Copy(expected)
            : throw new InvalidDataException(
                $"Column '{_columnName}': expected an image of {expected} pixels, {reason}, found {size?.ToString() ?? "none"}.");
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
                $"Column '{_columnName}': expected an image, found a disposed one. Keep images until the rows that hold them "
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
                $"Column '{_columnName}': expected a whole image, found that the last {missing} of {size.Height} rows have no pixels: "
                + "its file is cut short, and ML.NET's loader puts up with that.");
    }
}
