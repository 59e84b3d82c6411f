using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Kernels;

namespace MaskGen.ML.Tests.Inference.Decoding;

/// <summary>Forms in double what the passes never form: a prompt's image tokens, from their coefficients and bases, by the formula of
/// docs/decoder.md.</summary>
internal sealed unsafe class FormedImageTokens
{
    private const int Width = PanelKernels.PanelWidth;
    private const int TileRows = PanelKernels.TileRows;

    private readonly DecoderSizes _sizes;
    private readonly PromptLayout _layout;
    private readonly ImageTokenCoefficients _coefficients;
    private readonly AttentionMatrices[] _attentions;
    private readonly LayerNorm[] _norms;

    public FormedImageTokens(ICheckpoint checkpoint, DecoderSizes sizes, PromptLayout layout, ImageTokenCoefficients coefficients)
    {
        (_sizes, _layout, _coefficients) = (sizes, layout, coefficients);
        var reader = new WeightReader(checkpoint);
        string Layer(int layer) => $"mask_decoder.transformer.layers.{layer}";
        _attentions =
        [
            .. Enumerable.Range(0, sizes.Layers)
                .Select(layer => new AttentionMatrices(reader, $"{Layer(layer)}.cross_attn_image_to_token", sizes.Hidden, sizes.Cross)),
        ];
        _norms =
        [
            .. Enumerable.Range(0, sizes.Layers).Select(layer => reader.LayerNorm($"{Layer(layer)}.layer_norm4", sizes.Hidden, 1e-5f)),
        ];
    }

    /// <summary>What the image's own part is multiplied by: t(L, 1).</summary>
    public double Scale(int token) => _coefficients.Scale(token / Width)[token % Width];

    /// <summary>[image tokens, all heads' channels]: t(L, i) o(i) of a layer, 1 to L.</summary>
    public DoubleMatrix ScaledImageToToken(int layer)
    {
        var result = new DoubleMatrix(_sizes.ImageTokens, _sizes.Cross);
        for (var token = 0; token < _sizes.ImageTokens; token++)
        {
            for (var column = 0; column < _sizes.Cross; column++)
            {
                var (head, channel) = Math.DivRem(column, _sizes.HeadSize);
                double sum = Coefficient(layer, 0, token) * _coefficients.ConstantPack(layer)[column * TileRows];
                for (var row = 0; row < _layout.HeadRows; row++)
                {
                    sum += Coefficient(layer, 1 + (head * _layout.HeadRows) + row, token) * Basis(layer, head, row, channel);
                }

                result[token, column] = sum;
            }
        }

        return result;
    }

    /// <summary>[image tokens, d]: <c>t(L,1) Phi(L,1) e + sum over i of Phi(L,i) (W(i) t(L,i) o(i) + t(L,i) c(i)) + b(L)</c>.</summary>
    /// <param name="own">The image's own part e.</param>
    public DoubleMatrix Form(DoubleMatrix own)
    {
        var result = own.Copy();
        for (var token = 0; token < own.Rows; token++)
        {
            for (var channel = 0; channel < own.Columns; channel++)
            {
                result[token, channel] *= Scale(token);
            }
        }

        Chain(result, 1);
        for (var layer = 1; layer <= _sizes.Layers; layer++)
        {
            var attention = _attentions[layer - 1];
            var term = ScaledImageToToken(layer).Times(attention.Output.Transposed());
            for (var token = 0; token < own.Rows; token++)
            {
                for (var channel = 0; channel < own.Columns; channel++)
                {
                    var constant = attention.OutputBias[channel, 0] + (layer > 1 ? _norms[layer - 2].Bias[channel] : 0);
                    term[token, channel] += Coefficient(layer, 0, token) * constant;
                }
            }

            Chain(term, layer);
            result = result.Plus(term);
        }

        for (var i = 0; i < result.Values.Length; i++)
        {
            result.Values[i] += _norms[^1].Bias[i % own.Columns];
        }

        return result;
    }

    // Phi(L, first): centers, then multiplies by the gain, norm after norm.
    private void Chain(DoubleMatrix x, int first)
    {
        for (var layer = first; layer <= _sizes.Layers; layer++)
        {
            x.CenterRows();
            x.ScaleColumns(_norms[layer - 1].Gain);
        }
    }

    private double Coefficient(int layer, int row, int token) =>
        _coefficients.Panel(token / Width)[((((layer - 1) * _layout.LayerRows) + row) * Width) + (token % Width)];

    private double Basis(int layer, int head, int row, int channel)
    {
        var tile = (head * _layout.BasisTiles) + (row / TileRows);
        return _coefficients.BasisPack(layer)[(((tile * _sizes.HeadSize) + channel) * TileRows) + (row % TileRows)];
    }
}
