using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Sizes that depend on the number of tokens of a prompt.</summary>
/// <remarks>What an image-to-token attention adds to an image token lies in the span of few vectors: the tokens' values, or the channels of
/// the heads, whichever are fewer. In the first form a head's softmax weights, which sum to one, are the coefficients, and the last of them
/// is left out: the basis is the difference from the last token's value, and that value itself belongs to the block's constant.</remarks>
internal sealed class TokenPlan
{
    /// <exception cref="InvalidOperationException">The sums of one prompt's attention would not fit into one array: far more layers and
    /// heads than any SAM 2 has.</exception>
    public TokenPlan(DecoderGeometry geometry, int tokens)
    {
        Tokens = tokens;
        UsesWeights = tokens - 1 <= geometry.HeadSize;
        HeadRows = UsesWeights ? tokens - 1 : geometry.HeadSize;
        BlockRows = 1 + (geometry.Heads * HeadRows);
        StateRows = (geometry.Layers * BlockRows) + 1;
        BasisTiles = DecoderGeometry.Tiles(UsesWeights ? tokens : geometry.HeadSize);
        BasisPackLength = (long)geometry.Heads * BasisTiles * geometry.HeadSize * PanelKernels.TileRows;
        LastPackLength = (long)geometry.Cross * PanelKernels.TileRows;
        ValuePackLength = UsesWeights ? 0 : (long)geometry.Heads * BasisTiles * tokens * PanelKernels.TileRows;
        PanelStride = StateRows * PanelKernels.PanelWidth;
        StateLength = (long)geometry.Panels * PanelStride;
        BlockLength = BasisPackLength + LastPackLength + ValuePackLength;
        PromptLength = StateLength + (geometry.Layers * BlockLength);
        var sums = (double)StateRows * geometry.Heads * tokens;
        if (sums > Array.MaxLength)
        {
            throw new InvalidOperationException(
                $"Expected attention sums of at most {Array.MaxLength} values for a prompt, found {sums:0}: {geometry.Layers} layers and "
                + $"{geometry.Heads} heads are too many for {tokens} tokens.");
        }
    }

    /// <summary>Tokens of a prompt: output tokens and points.</summary>
    public int Tokens { get; }

    /// <summary>Whether softmax weights are the coefficients, rather than the heads' outputs.</summary>
    public bool UsesWeights { get; }

    /// <summary>Coefficients per head and layer.</summary>
    public int HeadRows { get; }

    /// <summary>Coefficients per layer: one for the constant, first, then head by head.</summary>
    public int BlockRows { get; }

    /// <summary>Rows of a prompt's state per panel: all layers' coefficients, then the scale of the image's own part.</summary>
    public int StateRows { get; }

    /// <summary>Tiles of 8 basis vectors per head, the last token's value included.</summary>
    public int BasisTiles { get; }

    public long BasisPackLength { get; }

    public long LastPackLength { get; }

    public long ValuePackLength { get; }

    /// <summary>Floats from panel to panel of a prompt's state.</summary>
    public int PanelStride { get; }

    public long StateLength { get; }

    /// <summary>Floats that describe one layer's basis.</summary>
    public long BlockLength { get; }

    /// <summary>Floats kept per prompt between the two steps of decoding.</summary>
    public long PromptLength { get; }
}
