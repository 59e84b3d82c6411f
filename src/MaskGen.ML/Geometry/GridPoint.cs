using System.Text.Json.Serialization;

namespace MaskGen.ML;

/// <summary>A point of a custom grid, as a part of the crop's sides.</summary>
/// <param name="X">Column, 0 at the left edge to 1 at the right edge of the crop.</param>
/// <param name="Y">Row, 0 at the upper edge to 1 at the lower edge of the crop.</param>
[JsonConverter(typeof(GridPointConverter))]
public readonly record struct GridPoint(float X, float Y)
{
    /// <summary>Takes a pair of coordinates.</summary>
    /// <param name="point">X and y.</param>
    public static implicit operator GridPoint((float X, float Y) point) => new(point.X, point.Y);
}
