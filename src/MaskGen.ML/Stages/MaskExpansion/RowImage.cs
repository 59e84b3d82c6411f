using MaskGen.ML.DataView;

namespace MaskGen.ML.Stages;

/// <summary>The image of a row, read when the first of its masks needs it.</summary>
/// <param name="read">Reads it.</param>
/// <param name="isMarked">Whether a failure to read it is marked, and not thrown.</param>
/// <remarks>Not safe for concurrent use, as the row is not. A failure that is thrown is not remembered.</remarks>
internal sealed class RowImage(Func<RgbImage> read, bool isMarked)
{
    private RgbImage? _image;
    private string? _error;

    /// <summary>The image; null where it could not be read and that is marked.</summary>
    public RgbImage? Value
    {
        get
        {
            if (_image is null && _error is null)
            {
                Read();
            }

            return _image;
        }
    }

    /// <summary>Why the image could not be read; null where it could.</summary>
    public string? Error => Value is null ? _error : null;

    private void Read()
    {
        try
        {
            _image = read();
        }
        catch (Exception e) when (isMarked && RowErrors.FailureText(e) is { } text)
        {
            _error = text;
        }
    }
}
