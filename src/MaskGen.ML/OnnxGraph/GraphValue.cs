namespace MaskGen.ML.OnnxGraph;

/// <summary>A tensor of a graph under construction: an input, a parameter, a constant or the output of a node.</summary>
internal readonly record struct GraphValue(string Name);
