using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Scratch memory of one worker in a pass.</summary>
internal readonly unsafe struct PassScratch(ScratchArena arena, int panels, int scoreRows, int lanes, int tokens)
{
    /// <summary>[panels, heads times readers, 32] attention scores.</summary>
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
