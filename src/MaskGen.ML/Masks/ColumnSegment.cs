namespace MaskGen.ML.Masks;

/// <summary>Pixels that follow one another down a column.</summary>
/// <param name="Column">The column.</param>
/// <param name="Start">First row.</param>
/// <param name="End">One past the last row.</param>
internal readonly record struct ColumnSegment(int Column, int Start, int End);
