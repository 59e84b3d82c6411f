namespace MaskGen.ML;

/// <summary>An axis-parallel box by its upper left corner and its extent, in pixels; the form of SAM 2's and COCO's <c>bbox</c>.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">Right edge minus left edge. For the box of a mask SAM 2 subtracts pixel indices, so a one-pixel mask has width
/// 0.</param>
/// <param name="Height">Lower edge minus upper edge, likewise.</param>
public readonly record struct BoxXywh(float X, float Y, float Width, float Height)
{
    /// <summary>The same box by two corners.</summary>
    public BoxXyxy ToXyxy() => new(X, Y, X + Width, Y + Height);
}
