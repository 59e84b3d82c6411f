using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Tests.Kernels;

namespace MaskGen.ML.Tests.Inference.Decoding;

/// <summary>SAM 2's mask upscaling in double, with every pixel of every map formed, step by step as the reference has it: what the fused
/// upscaling must come to.</summary>
/// <remarks>Source: SAM 2 2b90b9f, sam2/modeling/sam/mask_decoder.py predict_masks. Maps are [pixels in raster order, channels].</remarks>
internal sealed class UpscalingTwin
{
    private const string Name = "mask_decoder";
    private const double Epsilon = 1e-6;

    private readonly WeightReader _reader;
    private readonly DecoderSizes _sizes;

    public UpscalingTwin(ICheckpoint checkpoint, DecoderSizes sizes, EncodedImage image, TwoWayTransformerTwin transformer)
    {
        _reader = new WeightReader(checkpoint);
        _sizes = sizes;
        var side = sizes.EmbeddingSize;
        First = Convolve(transformer.ImageTokens, side, "upscale_conv1", sizes.FirstUpscaled)
            .Plus(Map(image.HighResolutionFeatures1.Span, sizes.FirstUpscaled));
        var second = Convolve(Gelu(Normalize(First)), 2 * side, "upscale_conv2", sizes.SecondUpscaled)
            .Plus(Map(image.HighResolutionFeatures0.Span, sizes.SecondUpscaled));
        var upscaled = Gelu(second);
        Masks =
            [.. Enumerable.Range(0,
                sizes.MaskTokens).Select(token => upscaled.Times(HyperWeights(transformer, token).Transposed()).Values)];
    }

    /// <summary>[(2 S/16)^2, d/4]: the first transposed convolution, with the features of level 1.</summary>
    public DoubleMatrix First { get; }

    /// <summary>Per mask token, [(S/4)^2]: the logits.</summary>
    public double[][] Masks { get; }

    // Kernel 2, stride 2: four pixels of each, which no other reaches.
    private DoubleMatrix Convolve(DoubleMatrix map, int side, string name, int outputs)
    {
        var weight = _reader.Read($"{Name}.{name}.weight", map.Columns, outputs, 2, 2);
        var bias = _reader.Read($"{Name}.{name}.bias", outputs);
        var result = new DoubleMatrix(4 * map.Rows, outputs);
        for (var pixel = 0; pixel < map.Rows; pixel++)
        {
            var (y, x) = Math.DivRem(pixel, side);
            for (var sub = 0; sub < 4; sub++)
            {
                var target = result.Row((((2 * y) + (sub / 2)) * 2 * side) + (2 * x) + (sub % 2));
                for (var output = 0; output < outputs; output++)
                {
                    double sum = bias[output];
                    for (var input = 0; input < map.Columns; input++)
                    {
                        sum += map[pixel, input] * weight[(((input * outputs) + output) * 4) + sub];
                    }

                    target[output] = sum;
                }
            }
        }

        return result;
    }

    private DoubleMatrix Normalize(DoubleMatrix map)
    {
        var gain = _reader.Read($"{Name}.upscale_layer_norm.weight", map.Columns);
        var bias = _reader.Read($"{Name}.upscale_layer_norm.bias", map.Columns);
        var result = map.Copy();
        result.CenterRows();
        for (var pixel = 0; pixel < map.Rows; pixel++)
        {
            var row = result.Row(pixel);
            var deviation = Math.Sqrt((row.ToArray().Sum(value => value * value) / row.Length) + Epsilon);
            for (var channel = 0; channel < row.Length; channel++)
            {
                row[channel] = (row[channel] / deviation * gain[channel]) + bias[channel];
            }
        }

        return result;
    }

    private DoubleMatrix HyperWeights(TwoWayTransformerTwin transformer, int maskToken)
    {
        var name = $"{Name}.output_hypernetworks_mlps.{maskToken}";
        var token = new DoubleMatrix(1, _sizes.Hidden);
        transformer.Tokens.Row(DecoderSizes.FirstMaskToken + maskToken).CopyTo(token.Row(0));
        var hidden = transformer.Linear(token, $"{name}.proj_in", _sizes.Hidden);
        TwoWayTransformerTwin.Relu(hidden);
        hidden = transformer.Linear(hidden, $"{name}.layers.0", _sizes.Hidden);
        TwoWayTransformerTwin.Relu(hidden);
        return transformer.Linear(hidden, $"{name}.proj_out", _sizes.SecondUpscaled);
    }

    // [channels, pixels] as an encoder gives it.
    private static DoubleMatrix Map(ReadOnlySpan<float> features, int channels) =>
        DoubleMatrix.From(features, channels, features.Length / channels).Transposed();

    private static DoubleMatrix Gelu(DoubleMatrix map)
    {
        var result = map.Copy();
        for (var i = 0; i < result.Values.Length; i++)
        {
            result.Values[i] = PanelKernelsReference.Gelu(result.Values[i]);
        }

        return result;
    }
}
