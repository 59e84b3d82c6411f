namespace MaskGen.ML;

/// <summary>A part of an image in whole pixels.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Size">Width and height.</param>
internal readonly record struct PixelArea(int Left, int Top, ImageSize Size)
{
    /// <summary>One past the last column.</summary>
    public int Right => Left + Size.Width;

    /// <summary>One past the last row.</summary>
    public int Bottom => Top + Size.Height;

    /// <summary>The area that two share; null where they share none.</summary>
    public PixelArea? Intersect(PixelArea other)
    {
        var (left, top) = (Math.Max(Left, other.Left), Math.Max(Top, other.Top));
        var (right, bottom) = (Math.Min(Right, other.Right), Math.Min(Bottom, other.Bottom));
        return right > left && bottom > top ? new PixelArea(left, top, new ImageSize(right - left, bottom - top)) : null;
    }
}
