using System.Numerics.Tensors;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Layer norm over the channels of token-major rows.</summary>
internal sealed unsafe class LayerNorm(float[] gain, float[] bias, float epsilon)
{
    public float[] Gain => gain;

    public float[] Bias => bias;

    public float Epsilon => epsilon;

    public void Apply(float* rows, int count, int stride)
    {
        for (var i = 0; i < count; i++)
        {
            var row = new Span<float>(rows + ((long)i * stride), gain.Length);
            TensorPrimitives.Subtract(row, TensorPrimitives.Sum<float>(row) / gain.Length, row);
            var variance = TensorPrimitives.SumOfSquares<float>(row) / gain.Length;
            TensorPrimitives.Multiply(row, 1 / MathF.Sqrt(variance + epsilon), row);
            TensorPrimitives.MultiplyAdd(row, gain, bias, row);
        }
    }
}
