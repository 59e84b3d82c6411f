namespace MaskGen.ML;

/// <summary>An axis-parallel box by two corners, in pixels. Whether the right and lower edge belong to the box is said where it is used:
/// boxes of masks include them (index of the last pixel), crop boxes exclude them (one past the last pixel).</summary>
/// <param name="X0">Left edge.</param>
/// <param name="Y0">Upper edge.</param>
/// <param name="X1">Right edge.</param>
/// <param name="Y1">Lower edge.</param>
public readonly record struct BoxXyxy(float X0, float Y0, float X1, float Y1)
{
    /// <summary>Horizontal extent <c>X1 - X0</c>.</summary>
    public float Width => X1 - X0;

    /// <summary>Vertical extent <c>Y1 - Y0</c>.</summary>
    public float Height => Y1 - Y0;

    /// <summary>The same box by its upper left corner and its extent, <c>(X0, Y0, X1 - X0, Y1 - Y0)</c> as SAM 2 writes it.</summary>
    public BoxXywh ToXywh() => new(X0, Y0, X1 - X0, Y1 - Y0);
}
