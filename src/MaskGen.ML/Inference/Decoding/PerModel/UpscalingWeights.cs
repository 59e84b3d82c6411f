using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Weights of the two transposed convolutions, as matrices: kernel 2 and stride 2 make every sub-pixel a linear function of one
/// token.</summary>
internal sealed class UpscalingWeights : IDisposable
{
    /// <summary>Sub-pixels of a token after one transposed convolution.</summary>
    public const int SubPixels = 4;

    public UpscalingWeights(WeightReader reader, DecoderSizes sizes, ProjectionComposer algebra, float epsilon)
    {
        var (hidden, first, second) = (sizes.Hidden, sizes.FirstUpscaled, sizes.SecondUpscaled);
        var weight1 = DoubleMatrix.From(
            Arrange(reader.Read("mask_decoder.upscale_conv1.weight", hidden, first, 2, 2), hidden, first), SubPixels * first, hidden);
        var bias1 = DoubleMatrix.ColumnVector(Repeat(reader.Read("mask_decoder.upscale_conv1.bias", first)));
        (First, FirstProjection) = algebra.BuildUpscaling(weight1, bias1);
        Second = new PackedTiles(
            Arrange(reader.Read("mask_decoder.upscale_conv2.weight", first, second, 2, 2), first, second), SubPixels * second);
        SecondBias = reader.Read("mask_decoder.upscale_conv2.bias", second).ToArray();
        Gain = ProjectionComposer.ToBuffer(reader.Read("mask_decoder.upscale_layer_norm.weight", first));
        Bias = ProjectionComposer.ToBuffer(reader.Read("mask_decoder.upscale_layer_norm.bias", first));
        Epsilon = epsilon;
    }

    /// <summary>First convolution: rows (sub-pixel, channel).</summary>
    public ImageProjection First { get; }

    /// <summary>The image's own part of it.</summary>
    public PackedTiles FirstProjection { get; }

    /// <summary>Second convolution: rows (sub-pixel, channel), columns the channels of the first.</summary>
    public PackedTiles Second { get; }

    public float[] SecondBias { get; }

    /// <summary>Layer norm between the convolutions.</summary>
    public AlignedBuffer Gain { get; }

    public AlignedBuffer Bias { get; }

    public float Epsilon { get; }

    public void Dispose()
    {
        First.Dispose();
        FirstProjection.Dispose();
        Second.Dispose();
        Gain.Dispose();
        Bias.Dispose();
    }

    /// <summary>[inputs, outputs, 2, 2] to [(sub-pixel, output), input].</summary>
    private static float[] Arrange(ReadOnlySpan<float> weight, int inputs, int outputs)
    {
        var arranged = new float[weight.Length];
        for (var input = 0; input < inputs; input++)
        {
            for (var output = 0; output < outputs; output++)
            {
                for (var sub = 0; sub < SubPixels; sub++)
                {
                    arranged[(((sub * outputs) + output) * inputs) + input] = weight[(((input * outputs) + output) * SubPixels) + sub];
                }
            }
        }

        return arranged;
    }

    private static float[] Repeat(ReadOnlySpan<float> values)
    {
        var repeated = new float[SubPixels * values.Length];
        for (var sub = 0; sub < SubPixels; sub++)
        {
            values.CopyTo(repeated.AsSpan(sub * values.Length));
        }

        return repeated;
    }
}
