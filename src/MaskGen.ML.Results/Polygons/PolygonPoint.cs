namespace MaskGen.ML.Results;

/// <summary>A corner of an outline.</summary>
/// <param name="X">In pixels of the original image; 0 is the left edge of the first column, <c>Width</c> the right edge of the
/// last.</param>
/// <param name="Y">In pixels of the original image; 0 is the upper edge of the first row, <c>Height</c> the lower edge of the last.</param>
public readonly record struct PolygonPoint(double X, double Y);
