namespace MaskGen.ML.Stages;

/// <summary>The image of a row, read when the first of its masks needs it.</summary>
/// <param name="read">Reads it.</param>
/// <remarks>Not safe for concurrent use, as the row is not. A failure to read it is not remembered.</remarks>
internal sealed class RowImage(Func<RgbImage> read)
{
    private RgbImage? _image;

    public RgbImage Value => _image ??= read();
}
