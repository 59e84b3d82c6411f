namespace MaskGen.ML;

/// <summary>The values of pixels that the encoder of an ONNX export takes.</summary>
public enum Sam2OnnxPixels
{
    /// <summary>0 to 1, minus ImageNet's mean, over its standard deviation: what SAM 2 takes, and all exports that are known
    /// here.</summary>
    Normalized,

    /// <summary>0 to 255, for an export that normalises by itself.</summary>
    Raw,

    /// <summary>0 to 1, for an export that normalises by itself.</summary>
    Unit,
}
