namespace MaskGen.ML.Inference.Decoding;

/// <summary>Factor of attention scores.</summary>
internal static class AttentionScale
{
    /// <summary>1 / sqrt(head size), times log2(e) so that softmax is taken in base 2.</summary>
    public static double For(int headSize) => Math.Log2(Math.E) / Math.Sqrt(headSize);
}
