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
    public static float[] Preprocess(RgbImage image, int inputSize, CancellationToken cancellationToken = default)
    {
        var plane = inputSize * inputSize;
        var result = new float[3 * plane];
        var resize = new BilinearResize(image, new ImageSize(inputSize, inputSize), cancellationToken);

        // (value / 255 - mean) / deviation as one multiplication and one subtraction; the fourth lane is unused.
        var mean = Sam2Normalization.Mean;
        var deviation = Sam2Normalization.StandardDeviation;
        var scale = Vector128.Create(1 / (255 * deviation[0]), 1 / (255 * deviation[1]), 1 / (255 * deviation[2]), 0);
        var offset = Vector128.Create(mean[0] / deviation[0], mean[1] / deviation[1], mean[2] / deviation[2], 0);
        for (var y = 0; y < inputSize; y++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var row = resize.Row(y);
            var red = result.AsSpan(y * inputSize, inputSize);
            var green = result.AsSpan(plane + (y * inputSize), inputSize);
            var blue = result.AsSpan((2 * plane) + (y * inputSize), inputSize);
            for (var x = 0; x < inputSize; x++)
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
