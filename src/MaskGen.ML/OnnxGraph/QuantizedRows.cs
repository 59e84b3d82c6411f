namespace MaskGen.ML.OnnxGraph;

/// <summary>A matrix of unsigned 8-bit integers in a graph under construction: <c>(value - zero point) * scale</c> is what they stand
/// for.</summary>
internal readonly record struct QuantizedRows(GraphValue Values, GraphValue Scale, GraphValue ZeroPoint);
