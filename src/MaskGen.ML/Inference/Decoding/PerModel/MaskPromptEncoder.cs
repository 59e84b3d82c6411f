using MaskGen.ML.Kernels;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Dense embedding of a mask prompt: two 2 x 2 convolutions of stride 2, each with layer norm over channels and GELU, then a 1 x 1
/// one.</summary>
/// <remarks>Source: SAM 2 2b90b9f, sam2/modeling/sam/prompt_encoder.py <c>mask_downscaling</c>. Safe for concurrent use.</remarks>
internal sealed unsafe class MaskPromptEncoder : IDisposable
{
    private const int Window = 4;
    private const int Taps = 4;
    private readonly DecoderSizes _sizes;
    private readonly int _channels1;
    private readonly int _channels2;
    private readonly float[] _conv1;
    private readonly float[] _bias1;
    private readonly LayerNorm _norm1;
    private readonly float[] _conv2;
    private readonly float[] _bias2;
    private readonly LayerNorm _norm2;
    private readonly PackedTiles _conv3;
    private readonly float[] _bias3;

    public MaskPromptEncoder(WeightReader reader, DecoderSizes sizes, PromptEncoderConfig config)
    {
        const string name = "prompt_encoder.mask_embed";
        _sizes = sizes;
        _channels2 = config.MaskInputChannels;
        _channels1 = _channels2 / Taps;
        _conv1 = reader.Read($"{name}.conv1.weight", _channels1, 1, 2, 2).ToArray();
        _bias1 = reader.Read($"{name}.conv1.bias", _channels1).ToArray();
        _norm1 = reader.LayerNorm($"{name}.layer_norm1", _channels1, config.LayerNormEpsilon);
        _conv2 = reader.Read($"{name}.conv2.weight", _channels2, _channels1, 2, 2).ToArray();
        _bias2 = reader.Read($"{name}.conv2.bias", _channels2).ToArray();
        _norm2 = reader.LayerNorm($"{name}.layer_norm2", _channels2, config.LayerNormEpsilon);
        _conv3 = new PackedTiles(reader.Read($"{name}.conv3.weight", sizes.Hidden, _channels2, 1, 1), sizes.Hidden);
        _bias3 = reader.Read($"{name}.conv3.bias", sizes.Hidden).ToArray();
    }

    /// <summary>Floats of scratch memory that one panel takes.</summary>
    public int ScratchLength => ((_sizes.Hidden + _channels2) * PanelKernels.PanelWidth) + (2 * _channels2);

    /// <summary>Adds a mask's embedding to one panel of image tokens.</summary>
    /// <param name="kernels">Kernels to run on.</param>
    /// <param name="mask">float32 [S/4, S/4] logits.</param>
    /// <param name="panel">Index of the panel.</param>
    /// <param name="tokens">[d, 32]; is added to.</param>
    /// <param name="scratch">Room for <see cref="ScratchLength"/> floats.</param>
    public void AddTo(PanelKernels kernels, ReadOnlySpan<float> mask, int panel, float* tokens, float* scratch)
    {
        var features = scratch + (_sizes.Hidden * PanelKernels.PanelWidth);
        var tokenFeatures = new Span<float>(features + (_channels2 * PanelKernels.PanelWidth), _channels2);
        var first = new Span<float>(features + (_channels2 * (PanelKernels.PanelWidth + 1)), Taps * _channels1);
        for (var lane = 0; lane < PanelKernels.PanelWidth; lane++)
        {
            var token = (panel * PanelKernels.PanelWidth) + lane;
            tokenFeatures.Clear();
            if (token < _sizes.ImageTokens)
            {
                Describe(mask, token, first, tokenFeatures);
            }

            for (var channel = 0; channel < _channels2; channel++)
            {
                features[(channel * PanelKernels.PanelWidth) + lane] = tokenFeatures[channel];
            }
        }

        _conv3.Multiply(kernels, features, scratch);
        for (var i = 0; i < _sizes.Hidden * PanelKernels.PanelWidth; i++)
        {
            tokens[i] += scratch[i] + _bias3[i / PanelKernels.PanelWidth];
        }
    }

    public void Dispose() => _conv3.Dispose();

    /// <summary>The 4 x 4 mask pixels of one token through the first two convolutions.</summary>
    /// <param name="mask">float32 [S/4, S/4] logits.</param>
    /// <param name="token">Index of the token.</param>
    /// <param name="first">Scratch [4 pixels, channels of the first convolution].</param>
    /// <param name="features">[mask channels]; receives the result.</param>
    private void Describe(ReadOnlySpan<float> mask, int token, Span<float> first, Span<float> features)
    {
        var (row, column) = Math.DivRem(token, _sizes.EmbeddingSize);
        for (var sub = 0; sub < Taps; sub++)
        {
            var corner = (((row * Window) + (sub / 2 * 2)) * _sizes.MaskSize) + (column * Window) + (sub % 2 * 2);
            var values = first.Slice(sub * _channels1, _channels1);
            for (var channel = 0; channel < _channels1; channel++)
            {
                var kernel = _conv1.AsSpan(channel * Taps, Taps);
                values[channel] = _bias1[channel] + (mask[corner] * kernel[0]) + (mask[corner + 1] * kernel[1])
                    + (mask[corner + _sizes.MaskSize] * kernel[2]) + (mask[corner + _sizes.MaskSize + 1] * kernel[3]);
            }

            NormalizeAndActivate(values, _norm1);
        }

        for (var channel = 0; channel < _channels2; channel++)
        {
            var sum = _bias2[channel];
            for (var input = 0; input < _channels1; input++)
            {
                for (var sub = 0; sub < Taps; sub++)
                {
                    sum += _conv2[(((channel * _channels1) + input) * Taps) + sub] * first[(sub * _channels1) + input];
                }
            }

            features[channel] = sum;
        }

        NormalizeAndActivate(features, _norm2);
    }

    private static void NormalizeAndActivate(Span<float> values, LayerNorm norm)
    {
        fixed (float* row = values)
        {
            norm.Apply(row, 1, values.Length);
        }

        foreach (ref var value in values)
        {
            value = GeluPolynomial.Gelu(value);
        }
    }
}
