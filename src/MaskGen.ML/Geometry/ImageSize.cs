namespace MaskGen.ML;

/// <summary>Width and height of an image or a grid, in pixels.</summary>
/// <param name="Width">Number of columns, at least 1 for a real image.</param>
/// <param name="Height">Number of rows, at least 1 for a real image.</param>
public readonly record struct ImageSize(int Width, int Height)
{
    /// <summary>Number of pixels, <c>Width * Height</c>.</summary>
    public long PixelCount => (long)Width * Height;

    /// <inheritdoc/>
    public override string ToString() => $"{Width}x{Height}";
}
