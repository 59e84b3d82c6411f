namespace MaskGen.ML;

/// <summary>How exact the weights of an ONNX export are, as the repositories of transformers.js offer them.</summary>
public enum Sam2OnnxPrecision
{
    /// <summary>Files without an ending of their own; <c>fp32</c>.</summary>
    Float32,

    /// <summary>Files that end with <c>_fp16</c>; <c>fp16</c>.</summary>
    Float16,

    /// <summary>Weights of 8 bits, files that end with <c>_quantized</c>; <c>q8</c>.</summary>
    Quantized8,

    /// <summary>Weights of 4 bits, files that end with <c>_q4</c>; <c>q4</c>.</summary>
    Quantized4,
}
