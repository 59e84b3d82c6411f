namespace MaskGen.ML.Tests;

/// <summary>How far we may be from the references, per stage, and why.</summary>
internal static class Tolerances
{
    /// <summary>Resizing is a dozen float32 operations per value of order 1.</summary>
    public const float PixelValues = 1e-5f;

    /// <summary>Values of order 1 to 10 after some thirty layers of float32 sums in another order.</summary>
    public const float Embedding = 1e-3f;

    /// <summary>The same, through the decoder; logits reach 100.</summary>
    public const float LowResolutionMaskLogits = 2e-3f;

    /// <summary>A sigmoid's output.</summary>
    public const float PredictedIou = 1e-4f;

    /// <summary>A logit, of order 30 at most, from the same tokens.</summary>
    public const float ObjectScoreLogit = 1e-3f;

    /// <summary>A pixel whose logit is within rounding of the threshold may fall on the other side.</summary>
    public const double MaskIou = 0.999;

    /// <summary>Between ONNX Runtime on the machine that made the figures and on this one. Half precision adds up in another order on other
    /// processors; with 8 and 4 bits a value that is rounded to another step there changes all that follows.</summary>
    public static float ExportLogits(Sam2OnnxPrecision precision) => precision switch
    {
        Sam2OnnxPrecision.Float16 => 0.05f,
        Sam2OnnxPrecision.Quantized8 => 0.25f,
        Sam2OnnxPrecision.Quantized4 => 0.05f,
        _ => LowResolutionMaskLogits,
    };

    /// <summary>The same, through a sigmoid.</summary>
    public static float ExportIou(Sam2OnnxPrecision precision) => precision switch
    {
        Sam2OnnxPrecision.Float32 => PredictedIou,
        _ => 5e-3f,
    };
}
