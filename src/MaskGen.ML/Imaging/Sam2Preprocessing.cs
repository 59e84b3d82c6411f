using System.Runtime.Intrinsics;

namespace MaskGen.ML.Imaging;

/// <summary>Brings an image into the form that the image encoder takes.</summary>
internal static class Sam2Preprocessing
{
    /// <summary>Resizes to S x S, without keeping the aspect ratio, and normalizes.</summary>
    /// <param name="image">An image of any size.</param>
    /// <param name="inputSize">S, the side of the model input in pixels.</param>
    /// <param name="cancellationToken">Ends the work early, within a few milliseconds.</param>
    /// <returns>float32 [1, 3, S, S], row-major, channels R, G, B.</returns>
    /// <remarks>Meta's float path: bytes over 255, antialiased bilinear, minus mean, over standard deviation. The Hugging Face processor
    /// resizes 8-bit pixels and rounds, which is up to 0.8 grey levels away. Beside the result a few rows of it are held.</remarks>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static float[] Preprocess(RgbImage image, int inputSize, CancellationToken cancellationToken = default) =>
        Preprocess(image, inputSize, new ImageSize(inputSize, inputSize), Sam2Normalization.Usual, cancellationToken);

    /// <summary>Resizes to a part of S x S, and scales what the pixels are.</summary>
    /// <param name="image">An image of any size.</param>
    /// <param name="inputSize">S, the side of the model input in pixels.</param>
    /// <param name="covered">Size of the part, at the upper left; the rest is zeros.</param>
    /// <param name="values">What becomes of 0 to 255.</param>
    /// <param name="cancellationToken">Ends the work early, within a few milliseconds.</param>
    /// <returns>float32 [1, 3, S, S], row-major, channels R, G, B.</returns>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static float[] Preprocess(
        RgbImage image,
        int inputSize,
        ImageSize covered,
        (Vector128<float> Scale, Vector128<float> Offset) values,
        CancellationToken cancellationToken)
    {
        var plane = inputSize * inputSize;
        var result = new float[3 * plane];
        var resize = new BilinearResize(image, covered, cancellationToken);
        var (scale, offset) = values;
        for (var y = 0; y < covered.Height; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var row = resize.Row(y);
            var red = result.AsSpan(y * inputSize, inputSize);
            var green = result.AsSpan(plane + (y * inputSize), inputSize);
            var blue = result.AsSpan((2 * plane) + (y * inputSize), inputSize);
            for (var x = 0; x < covered.Width; x++)
            {
                var value = (row[x] * scale) - offset;
                red[x] = value[0];
                green[x] = value[1];
                blue[x] = value[2];
            }
        }

        return result;
    }
}
