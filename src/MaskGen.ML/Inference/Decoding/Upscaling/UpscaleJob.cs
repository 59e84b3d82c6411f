namespace MaskGen.ML.Inference.Decoding;

/// <summary>Up to four masks of one prompt to upscale.</summary>
internal sealed unsafe class UpscaleJob(ImageTokenCoefficients coefficients, int prompt, float* output, int maskPixels)
{
    public ImageTokenCoefficients Coefficients => coefficients;

    /// <summary>Index of the prompt in its batch.</summary>
    public int Prompt => prompt;

    public int MaskCount { get; set; }

    /// <summary>Packed tiles of the first convolution of the prompt's basis.</summary>
    public float* BasisPack { get; set; }

    /// <summary>[channels, 4]: last step of the masks, unused columns zero.</summary>
    public float* HyperWeights { get; set; }

    /// <summary>[S/4, S/4] of one of the masks.</summary>
    public float* Output(int mask) => output + ((long)mask * maskPixels);
}
