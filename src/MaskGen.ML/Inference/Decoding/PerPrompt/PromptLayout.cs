using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Sizes that depend on the number of tokens of a prompt.</summary>
/// <remarks>What an image-to-token attention adds to an image token lies in the span of few vectors: the tokens' values, or the channels of
/// the heads, whichever are fewer. In the first form a head's softmax weights, which sum to one, are the coefficients, and the last of them
/// is left out: the basis is the difference from the last token's value, and that value itself belongs to the layer's constant.</remarks>
internal sealed class PromptLayout
{
    /// <exception cref="InvalidOperationException">The sums of one prompt's attention would not fit into one array: far more layers and
    /// heads than any SAM 2 has.</exception>
    public PromptLayout(DecoderSizes sizes, int tokens)
    {
        PromptTokens = tokens;
        CoefficientsAreAttention = tokens - 1 <= sizes.HeadSize;
        HeadRows = CoefficientsAreAttention ? tokens - 1 : sizes.HeadSize;
        LayerRows = 1 + (sizes.Heads * HeadRows);
        CoefficientRows = (sizes.Layers * LayerRows) + 1;
        BasisTiles = DecoderSizes.Tiles(CoefficientsAreAttention ? tokens : sizes.HeadSize);
        BasisPackLength = (long)sizes.Heads * BasisTiles * sizes.HeadSize * PanelKernels.TileRows;
        ConstantPackLength = (long)sizes.Cross * PanelKernels.TileRows;
        ValuePackLength = CoefficientsAreAttention ? 0 : (long)sizes.Heads * BasisTiles * tokens * PanelKernels.TileRows;
        PanelStride = CoefficientRows * PanelKernels.PanelWidth;
        CoefficientLength = (long)sizes.Panels * PanelStride;
        LayerLength = BasisPackLength + ConstantPackLength + ValuePackLength;
        PromptLength = CoefficientLength + (sizes.Layers * LayerLength);
        var sums = (double)CoefficientRows * sizes.Heads * tokens;
        if (sums > Array.MaxLength)
        {
            throw new InvalidOperationException(
                $"Expected attention sums of at most {Array.MaxLength} values for a prompt, found {sums:0}: {sizes.Layers} layers and "
                + $"{sizes.Heads} heads are too many for {tokens} tokens.");
        }
    }

    /// <summary>PromptTokens of a prompt: output tokens and points.</summary>
    public int PromptTokens { get; }

    /// <summary>Whether softmax weights are the coefficients, rather than the heads' outputs.</summary>
    public bool CoefficientsAreAttention { get; }

    /// <summary>Coefficients per head and layer.</summary>
    public int HeadRows { get; }

    /// <summary>Coefficients per layer: one for the constant, first, then head by head.</summary>
    public int LayerRows { get; }

    /// <summary>Rows of a prompt's coefficients per panel: all layers' coefficients, then the scale of the image's own part.</summary>
    public int CoefficientRows { get; }

    /// <summary>Tiles of 8 basis vectors per head, the last token's value included.</summary>
    public int BasisTiles { get; }

    public long BasisPackLength { get; }

    public long ConstantPackLength { get; }

    public long ValuePackLength { get; }

    /// <summary>Floats from panel to panel of a prompt's coefficients.</summary>
    public int PanelStride { get; }

    public long CoefficientLength { get; }

    /// <summary>Floats that describe one layer's basis.</summary>
    public long LayerLength { get; }

    /// <summary>Floats kept per prompt between the two steps of decoding.</summary>
    public long PromptLength { get; }
}
