using System.Numerics.Tensors;
using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Linear layers with ReLU between them.</summary>
internal sealed unsafe class FeedForward(PackedLinear[] layers) : IDisposable
{
    /// <summary>Floats from row to row of the output.</summary>
    public int OutputStride => layers[^1].OutputStride;

    /// <summary>Runs the layers; all but <paramref name="output"/> comes from the arena and stays taken.</summary>
    /// <param name="kernels">Kernels to run on.</param>
    /// <param name="arena">Scratch memory.</param>
    /// <param name="input">[rows, inputs].</param>
    /// <param name="inputStride">Floats from row to row of the input.</param>
    /// <param name="rows">Number of tokens.</param>
    /// <param name="output">[rows, outputs] with <see cref="OutputStride"/> floats per row.</param>
    public void Apply(PanelKernels kernels, ScratchArena arena, float* input, nint inputStride, int rows, float* output)
    {
        for (var i = 0; i < layers.Length; i++)
        {
            var layer = layers[i];
            var isLast = i == layers.Length - 1;
            var packed = arena.Take((long)DecoderSizes.Tiles(rows) * PanelKernels.TileRows * layer.Inputs);
            var target = isLast ? output : arena.Take((long)rows * layer.OutputStride);
            layer.Apply(kernels, input, inputStride, rows, target, packed);
            if (!isLast)
            {
                var values = new Span<float>(target, rows * layer.OutputStride);
                TensorPrimitives.Max(values, 0f, values);
            }

            input = target;
            inputStride = layer.OutputStride;
        }
    }

    public void Dispose()
    {
        foreach (var layer in layers)
        {
            layer.Dispose();
        }
    }
}
