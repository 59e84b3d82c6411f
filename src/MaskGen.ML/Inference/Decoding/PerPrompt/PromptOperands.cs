namespace MaskGen.ML.Inference.Decoding;

/// <summary>What one prompt brings into a pass: its coefficients and the packed left sides of its products.</summary>
internal sealed unsafe class PromptOperands(ImageTokenCoefficients coefficients)
{
    public ImageTokenCoefficients Coefficients => coefficients;

    /// <summary>Scores of the image-to-token attention, head by head and tile by tile.</summary>
    public float* ImageToTokenKeys { get; set; }

    /// <summary>Inner products of the basis for the layer norm, in the order of <see cref="VarianceTiles"/>.</summary>
    public float* VarianceTerms { get; set; }

    /// <summary>Per layer.</summary>
    public VarianceTile[][] VarianceTiles { get; set; } = [];

    /// <summary>Scores of the attention that reads the image.</summary>
    public float* TokenToImageQueries { get; set; }
}
