namespace MaskGen.ML.Inference;

/// <summary>Shapes of the three tensors of an encoded image.</summary>
/// <param name="InputSize">Side S of the square model input, in pixels.</param>
/// <param name="Channels">Channels d of the image embedding.</param>
internal readonly record struct EncodedImageLayout(int InputSize, int Channels)
{
    private const int LargestInputSize = 16_384;

    // Of all three tensors: a gigabyte, 64 times what the official models have.
    private const long MostValues = 1 << 28;

    public const string ExpectedInputSize = "Expected a multiple of 32 from 32 to 16384.";

    /// <summary>Image embedding, high-resolution features of level 0 and of level 1.</summary>
    public int[][] Shapes =>
    [
        [1, Channels, InputSize / 16, InputSize / 16],
        [1, Channels / 8, InputSize / 4, InputSize / 4],
        [1, Channels / 4, InputSize / 8, InputSize / 8],
    ];

    public static bool IsInputSize(int inputSize) => inputSize is >= 32 and <= LargestInputSize && inputSize % 32 == 0;

    /// <summary>The layout in which the image embedding has so many values; null where there is none.</summary>
    /// <param name="inputSize">Valid.</param>
    /// <param name="embeddingLength">Number of values.</param>
    public static EncodedImageLayout? Of(int inputSize, long embeddingLength)
    {
        var (channels, rest) = Math.DivRem(embeddingLength, (long)(inputSize / 16) * (inputSize / 16));
        return rest == 0 && channels > 0 && channels % 8 == 0 && 4 * embeddingLength <= MostValues
            ? new EncodedImageLayout(inputSize, (int)channels)
            : null;
    }

    /// <summary>Number of values of a tensor.</summary>
    public int Length(int tensor) => Shapes[tensor].Aggregate(1, (product, side) => checked(product * side));
}
