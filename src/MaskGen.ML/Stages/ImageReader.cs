using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MaskGen.ML.Stages;

/// <summary>Reads the image of the current row, from a column of images or from one of encoded files.</summary>
/// <remarks>Not safe for concurrent use, as the row is not.</remarks>
internal abstract class ImageReader(string columnName)
{
    /// <summary>What the image of the last reading is called, usually its path; null when it has no name.</summary>
    public string? Tag { get; protected set; }

    protected string ColumnName { get; } = columnName;

    /// <summary>Makes a reader for the type of the column.</summary>
    /// <param name="host">Host of the stage, which hears of cancellation.</param>
    /// <param name="row">The row or cursor.</param>
    /// <param name="columnName">Name of the column.</param>
    /// <param name="maximumPixels">Width times height that an image may have at most.</param>
    /// <param name="range">Which values of files of more than 8 bits a channel become black and white.</param>
    public static ImageReader Create(IHost host, DataViewRow row, string columnName, long maximumPixels, ImageRange range) =>
        row.Schema[columnName].Type is VectorDataViewType
            ? new EncodedFileReader(host, row, columnName, maximumPixels, range)
            : new MLImageReader(row, columnName, maximumPixels);

    /// <summary>A copy of the image, or null when the row has none.</summary>
    /// <exception cref="InvalidDataException">The image has more pixels than allowed, or is no whole image.</exception>
    public abstract RgbImage? Read();

    /// <summary>A copy of the image of a row that is known to have one of this size.</summary>
    /// <param name="expected">The size, of an image that was within its limit.</param>
    /// <param name="reason">Why that size, for the message.</param>
    /// <exception cref="InvalidDataException">The row has no image, or one of another size; or it is no whole image.</exception>
    public abstract RgbImage Read(ImageSize expected, string reason);

    protected InvalidDataException OtherSize(ImageSize expected, string reason, ImageSize? found) =>
        new($"Column '{ColumnName}': expected an image of {expected} pixels, {reason}, found {found?.ToString() ?? "none"}.");
}
