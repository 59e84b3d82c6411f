using System.Numerics.Tensors;

namespace MaskGen.ML.Sam2;

/// <summary>Weights of a matrix product as int8: each output channel has a scale of its own, so that its largest weight becomes
/// 64 or -64; zero stays zero.</summary>
internal static class Int8Weights
{
    /// <summary>Largest magnitude of a weight. Not 127: processors without VNNI add two products of an activation (0 to 255) and a weight
    /// in 16 bits, and 2 * 255 * 64 is what these hold. So a session, or a file of it, is right on any of them; measured, embeddings
    /// differ from those of float32 by 1.6 % instead of 1.4 %.</summary>
    private const int Largest = 64;

    // Output channels that are transposed together: 64 bytes are a line of the processor's cache.
    private const int Tile = 64;

    /// <summary>What one step of int8 stands for, by output channel.</summary>
    /// <param name="weight">[out, in], as PyTorch stores it.</param>
    /// <param name="outputWidth">Number of output channels.</param>
    /// <returns>[out].</returns>
    public static float[] Scales(ReadOnlySpan<float> weight, int outputWidth)
    {
        var scales = new float[outputWidth];
        var inputWidth = weight.Length / outputWidth;
        for (var output = 0; output < outputWidth; output++)
        {
            scales[output] = Scale(weight.Slice(output * inputWidth, inputWidth));
        }

        return scales;
    }

    /// <summary>The weights in steps of <see cref="Scales"/>, transposed to what ONNX multiplies rows by.</summary>
    /// <param name="weight">[out, in].</param>
    /// <param name="outputWidth">Number of output channels.</param>
    /// <returns>[in, out].</returns>
    public static sbyte[] Transposed(ReadOnlySpan<float> weight, int outputWidth)
    {
        var inputWidth = weight.Length / outputWidth;
        var result = new sbyte[weight.Length];
        var row = new float[inputWidth];
        var tile = new sbyte[Tile * inputWidth];
        for (var start = 0; start < outputWidth; start += Tile)
        {
            var rows = Math.Min(Tile, outputWidth - start);
            for (var r = 0; r < rows; r++)
            {
                var values = weight.Slice((start + r) * inputWidth, inputWidth);
                TensorPrimitives.Divide(values, Scale(values), row);
                TensorPrimitives.Round(row, row);
                TensorPrimitives.ConvertSaturating<float, sbyte>(row, tile.AsSpan(r * inputWidth, inputWidth));
            }

            for (var input = 0; input < inputWidth; input++)
            {
                var line = result.AsSpan((input * outputWidth) + start, rows);
                for (var r = 0; r < line.Length; r++)
                {
                    line[r] = tile[(r * inputWidth) + input];
                }
            }
        }

        return result;
    }

    // Where all weights are zero, or so small that no scale is, their steps are zero.
    private static float Scale(ReadOnlySpan<float> values) =>
        Math.Abs(TensorPrimitives.MaxMagnitude(values)) / Largest is var scale and > 0 ? scale : 1;
}
