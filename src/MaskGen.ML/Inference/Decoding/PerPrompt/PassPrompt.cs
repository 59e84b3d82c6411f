using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>What one prompt brings into a pass: its state and the packed left sides of its products.</summary>
internal sealed unsafe class PassPrompt(PromptState state)
{
    public PromptState State => state;

    /// <summary>Scores of the image-to-token attention, head by head and tile by tile.</summary>
    public float* UpdatePack { get; set; }

    /// <summary>Inner products of the basis for the layer norm, in the order of <see cref="NormTiles"/>.</summary>
    public float* NormPack { get; set; }

    /// <summary>Per block.</summary>
    public NormTile[][] NormTiles { get; set; } = [];

    /// <summary>Scores of the attention that reads the image.</summary>
    public float* ReadPack { get; set; }
}

/// <summary>A tile of inner products of basis vectors with what the layer norm sees.</summary>
/// <param name="Head">Head that the vectors belong to.</param>
/// <param name="FirstRow">Row of the first vector's coefficient in a panel of the state.</param>
/// <param name="BasisRows">Vectors that have coefficients of their own.</param>
/// <param name="Rows">Those, and the head's share of the block's constant where the tile holds it.</param>
/// <param name="Depth">Coefficients that the tile meets: up to its own, for pairs count twice instead of being met twice.</param>
/// <param name="HasOwnPart">Whether it meets the image's own part.</param>
internal readonly record struct NormTile(int Head, int FirstRow, int BasisRows, int Rows, int Depth, bool HasOwnPart);

/// <summary>Scratch memory of one worker in a pass.</summary>
internal readonly unsafe struct PassScratch(ScratchArena arena, int panels, int scoreRows, int lanes, int tokens)
{
    /// <summary>[panels, score rows, 32].</summary>
    public float* Scores { get; } = arena.Take((long)panels * scoreRows * PanelKernels.PanelWidth);

    /// <summary>[panels * 32, lanes].</summary>
    public float* Transposed { get; } = arena.Take((long)panels * PanelKernels.PanelWidth * lanes);

    /// <summary>[tokens, 32].</summary>
    public float* TokenScores { get; } = arena.Take((long)tokens * PanelKernels.PanelWidth);

    /// <summary>[8, 32].</summary>
    public float* Products { get; } = arena.Take(PanelKernels.TileRows * PanelKernels.PanelWidth);

    /// <summary>[32].</summary>
    public float* Squares { get; } = arena.Take(PanelKernels.PanelWidth);

    public float* Maxima { get; } = arena.Take(lanes);

    public float* Factors { get; } = arena.Take(lanes);
}
