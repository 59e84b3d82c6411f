using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>One prompt's image tokens, as coefficients and bases.</summary>
/// <param name="memory">float32 [PromptLength] of the layout.</param>
/// <param name="layout">Sizes.</param>
internal readonly unsafe struct ImageTokenCoefficients(float* memory, PromptLayout layout)
{
    /// <summary>[CoefficientRows, 32] of one panel.</summary>
    public float* Panel(int panel) => memory + ((long)panel * layout.PanelStride);

    /// <summary>The scale row of one panel.</summary>
    public float* Scale(int panel) => Panel(panel) + ((layout.CoefficientRows - 1) * PanelKernels.PanelWidth);

    /// <summary>Packed [heads, tiles, head size, 8]: basis vectors in the heads' channels; where weights are the coefficients, the last
    /// token's value stands after them.</summary>
    /// <param name="layer">1 to the number of layers.</param>
    public float* BasisPack(int layer) => memory + layout.CoefficientLength + ((layer - 1) * layout.LayerLength);

    /// <summary>Packed [all heads' channels, 8]: the last token's value in the first column, the others zero.</summary>
    public float* ConstantPack(int layer) => BasisPack(layer) + layout.BasisPackLength;

    /// <summary>Packed [heads, tiles, tokens, 8]: values by channel, to sum them by softmax weight where heads' outputs are the
    /// coefficients.</summary>
    public float* ValuePack(int layer) => ConstantPack(layer) + layout.ConstantPackLength;
}
