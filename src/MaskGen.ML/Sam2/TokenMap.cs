using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Sam2;

/// <summary>A feature map of one image in token order, [height * width, channels], with its sizes.</summary>
internal readonly record struct TokenMap(GraphValue Value, int Height, int Width, int Channels);
