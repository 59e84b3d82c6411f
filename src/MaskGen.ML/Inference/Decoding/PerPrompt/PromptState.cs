using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>One prompt's image tokens, as coefficients and bases.</summary>
/// <param name="memory">float32 [PromptLength] of the plan.</param>
/// <param name="plan">Sizes.</param>
internal readonly unsafe struct PromptState(float* memory, TokenPlan plan)
{
    /// <summary>[StateRows, 32] of one panel.</summary>
    public float* Panel(int panel) => memory + ((long)panel * plan.PanelStride);

    /// <summary>The scale row of one panel.</summary>
    public float* Scale(int panel) => Panel(panel) + ((plan.StateRows - 1) * PanelKernels.PanelWidth);

    /// <summary>Packed [heads, tiles, head size, 8]: basis vectors in the heads' channels; where weights are the coefficients, the last
    /// token's value stands after them.</summary>
    /// <param name="block">1 to the number of layers.</param>
    public float* BasisPack(int block) => memory + plan.StateLength + ((block - 1) * plan.BlockLength);

    /// <summary>Packed [all heads' channels, 8]: the last token's value in the first column, the others zero.</summary>
    public float* LastPack(int block) => BasisPack(block) + plan.BasisPackLength;

    /// <summary>Packed [heads, tiles, tokens, 8]: values by channel, to sum them by softmax weight where heads' outputs are the
    /// coefficients.</summary>
    public float* ValuePack(int block) => LastPack(block) + plan.LastPackLength;
}
