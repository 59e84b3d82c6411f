namespace MaskGen.ML;

/// <summary>What a prompt point says about the object; the values are SAM 2's own.</summary>
public enum PointLabel
{
    /// <summary>The point lies outside the object.</summary>
    Background = 0,

    /// <summary>The point lies on the object.</summary>
    Foreground = 1,
}
