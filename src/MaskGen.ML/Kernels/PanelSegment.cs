namespace MaskGen.ML.Kernels;

/// <summary>One term of a tile's sum: a run of panel rows that meets the next <see cref="Rows"/> columns of the packed left side.</summary>
internal unsafe struct PanelSegment
{
    /// <summary>float32 [Rows, 32], contiguous.</summary>
    public float* Panel;

    public int Rows;

    /// <summary>[32] factors by which the sum so far, this segment included, is multiplied; or null.</summary>
    public float* ScaleAfter;

    public PanelSegment(float* panel, int rows, float* scaleAfter = null)
    {
        Panel = panel;
        Rows = rows;
        ScaleAfter = scaleAfter;
    }
}
