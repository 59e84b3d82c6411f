using MaskGen.ML.Imaging;

namespace MaskGen.ML;

/// <summary>Makes the mask of a prompt, which is given as logits.</summary>
public static class MaskLogits
{
    // Where a mask is certain. The model's own logits reach a few tens; this is well beyond its thresholds and within what it clamps to.
    private const float CertainLogit = 10;

    // Four times the largest input of any model; more is a mistake, and its square of logits would fill the memory.
    private const int LargestInputSize = 16_384;

    /// <summary>Mask logits from an image: bright is the object, dark is not.</summary>
    /// <param name="mask">An image of any size that covers the same view as the one to segment; its mean of R, G and B counts, so that grey
    /// edges stay soft.</param>
    /// <param name="inputSize">S of the model, <see cref="Sam2ImageEncoder.InputSize"/>.</param>
    /// <returns>float32 [S/4, S/4], row-major, for <see cref="Sam2Prompt.MaskLogits"/>: from -10 (black) to 10 (white).</returns>
    /// <exception cref="ArgumentNullException"><paramref name="mask"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="inputSize"/> is not from 4 to 16,384.</exception>
    public static float[] FromImage(RgbImage mask, int inputSize)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (inputSize is < 4 or > LargestInputSize)
        {
            throw new ArgumentOutOfRangeException(
                nameof(inputSize), inputSize, $"Expected the side of a model's input, 4 to {LargestInputSize} pixels.");
        }

        var side = inputSize / 4;
        var logits = new float[side * side];
        var resize = new BilinearResize(mask, new ImageSize(side, side));
        for (var y = 0; y < side; y++)
        {
            var row = resize.Row(y);
            for (var x = 0; x < side; x++)
            {
                var brightness = (row[x][0] + row[x][1] + row[x][2]) / (3 * 255);
                logits[(y * side) + x] = CertainLogit * ((2 * brightness) - 1);
            }
        }

        return logits;
    }
}
