namespace MaskGen.ML;

/// <summary>What surrounds an object in its cut-out.</summary>
public enum CutOutBackground
{
    /// <summary>What is there in the image.</summary>
    Keep,

    /// <summary>One colour, <see cref="MaskExpansionOptions.CutOutFill"/>.</summary>
    Fill,

    /// <summary>Nothing: alpha is 0 there, and so are the colours.</summary>
    Transparent,
}
