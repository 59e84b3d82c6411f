namespace MaskGen.ML.Kernels;

/// <summary>A matrix whose rows are image tokens, panel by panel.</summary>
/// <param name="pointer">First element.</param>
/// <param name="panelStride">Floats from a panel's first token to the next panel's.</param>
/// <param name="tokenStride">Floats from token to token.</param>
internal readonly unsafe struct TokenRows(float* pointer, nint panelStride, nint tokenStride)
{
    public float* Pointer => pointer;

    public nint PanelStride => panelStride;

    public nint TokenStride => tokenStride;
}
