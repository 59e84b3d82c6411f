using Microsoft.ML;
using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>Reads the picture of the current row from an image column.</summary>
/// <remarks>
/// The picture belongs to whoever made it: it is handed back to the getter on the next row, as ML.NET's stages do, so that a loader can
/// free it; it is not disposed here, since a user's own pictures in memory come through the same door.
/// </remarks>
internal sealed class ImageReader
{
    private readonly ValueGetter<MLImage> _getter;
    private MLImage? _image;

    public ImageReader(DataViewRow row, string columnName)
    {
        _getter = row.GetGetter<MLImage>(row.Schema[columnName]);
    }

    /// <summary>What the picture of the last <see cref="Read"/> is called, usually its path; null when it has no name.</summary>
    public string? Tag { get; private set; }

    /// <summary>A copy of the picture, or null when the row has none.</summary>
    public RgbImage? Read()
    {
        Tag = null;
        _getter(ref _image!);
        if (_image is null)
        {
            return null;
        }

        Tag = _image.Tag;
        return RgbImage.FromMLImage(_image);
    }
}
