using Microsoft.ML;

namespace MaskGen.ML.Stages;

/// <summary>Reads an encoded image from the columns that carry it.</summary>
/// <param name="row">The row or cursor.</param>
/// <param name="columnName">Name of the column of the image embedding.</param>
/// <param name="inputSize">S, the side of the model's input in pixels.</param>
/// <param name="fingerprint">Which model encoded it; null if not known.</param>
internal sealed class EncodedImageReader(DataViewRow row, string columnName, int inputSize, string? fingerprint)
{
    private readonly TensorReader _embedding = new(row, columnName);
    private readonly TensorReader _features0 = new(row, ImageColumns.HighResolutionFeatures0Name(columnName));
    private readonly TensorReader _features1 = new(row, ImageColumns.HighResolutionFeatures1Name(columnName));
    private readonly ImageSizeReader _size = new(row, columnName);

    /// <summary>The encoded image, or null when the row has none.</summary>
    /// <exception cref="InvalidDataException">A value is NaN or infinite, or the image's size is no size.</exception>
    public EncodedImage? Read() => _size.Read() is { } size
        ? new EncodedImage(size, inputSize, _embedding.ReadFinite(), _features0.ReadFinite(), _features1.ReadFinite(), fingerprint)
        : null;
}
