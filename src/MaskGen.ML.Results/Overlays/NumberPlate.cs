namespace MaskGen.ML.Results;

/// <summary>Where the number of a mask is written.</summary>
/// <param name="Mask">Place of the mask in its set, from 0.</param>
/// <param name="Left">First column of the plate, in pixels of the image.</param>
/// <param name="Top">First row of the plate.</param>
/// <param name="Size">Width and height of the plate.</param>
/// <param name="Anchor">A pixel of the mask that a line leads to; null where the plate lies inside the mask.</param>
internal readonly record struct NumberPlate(int Mask, int Left, int Top, ImageSize Size, PixelPlace? Anchor)
{
    /// <summary>One past the last column.</summary>
    public int Right => Left + Size.Width;

    /// <summary>One past the last row.</summary>
    public int Bottom => Top + Size.Height;

    /// <summary>The point of the plate that is nearest to the anchor.</summary>
    public PixelPlace NearestTo(PixelPlace anchor) => new(Math.Clamp(anchor.X, Left, Right - 1), Math.Clamp(anchor.Y, Top, Bottom - 1));
}

/// <summary>A pixel.</summary>
/// <param name="X">Column from 0.</param>
/// <param name="Y">Row from 0.</param>
internal readonly record struct PixelPlace(int X, int Y);
