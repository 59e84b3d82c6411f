namespace MaskGen.ML;

/// <summary>A point that says where the object is, or is not.</summary>
/// <param name="X">Column in pixels of the original image, 0 at the left edge of the first pixel; may be fractional.</param>
/// <param name="Y">Row in pixels of the original image, 0 at the upper edge of the first pixel; may be fractional.</param>
/// <param name="Label"><see cref="PointLabel.Foreground"/> or <see cref="PointLabel.Background"/>.</param>
public readonly record struct PointPrompt(float X, float Y, PointLabel Label = PointLabel.Foreground);
