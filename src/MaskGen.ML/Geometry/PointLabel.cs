namespace MaskGen.ML;

/// <summary>What a prompt point says about the object; the values are SAM 2's own.</summary>
public enum PointLabel
{
    /// <summary>A token that stands for no point; every prompt carries exactly one. Added by the decoder, never given by a user.</summary>
    Padding = -1,

    /// <summary>The point lies outside the object.</summary>
    Background = 0,

    /// <summary>The point lies on the object.</summary>
    Foreground = 1,

    /// <summary>Top left corner of a box around the object. Made by the decoder from a <see cref="BoxXyxy"/>.</summary>
    BoxTopLeft = 2,

    /// <summary>Bottom right corner of a box around the object. Made by the decoder from a <see cref="BoxXyxy"/>.</summary>
    BoxBottomRight = 3,
}
