namespace MaskGen.ML.Imaging;

/// <summary>Brings a picture into the form that the image encoder takes.</summary>
internal static class Sam2Preprocessing
{
    private static readonly double[] Mean = [0.485, 0.456, 0.406];
    private static readonly double[] StandardDeviation = [0.229, 0.224, 0.225];

    /// <summary>Resizes to S x S by antialiased bilinear sampling and normalizes.</summary>
    /// <returns>float32 [1, 3, S, S].</returns>
    public static float[] Preprocess(RgbImage image, int inputSize)
    {
        var columns = Weights(image.Size.Width, inputSize);
        var rows = Weights(image.Size.Height, inputSize);
        var narrowed = new double[image.Size.Height * inputSize * 3];
        for (var y = 0; y < image.Size.Height; y++)
        {
            for (var x = 0; x < inputSize; x++)
            {
                for (var i = 0; i < columns[x].Weights.Length; i++)
                {
                    for (var c = 0; c < 3; c++)
                    {
                        narrowed[(((y * inputSize) + x) * 3) + c] += columns[x].Weights[i] * image.Pixels[(((y * image.Size.Width) + columns[x].First + i) * 3) + c] / 255;
                    }
                }
            }
        }

        var result = new float[3 * inputSize * inputSize];
        for (var i = 0; i < result.Length; i++)
        {
            var (c, y, x) = (i / (inputSize * inputSize), i / inputSize % inputSize, i % inputSize);
            double sum = 0;
            for (var j = 0; j < rows[y].Weights.Length; j++)
            {
                sum += rows[y].Weights[j] * narrowed[((((rows[y].First + j) * inputSize) + x) * 3) + c];
            }

            result[i] = (float)((sum - Mean[c]) / StandardDeviation[c]);
        }

        return result;
    }

    private static (int First, double[] Weights)[] Weights(int source, int target)
    {
        var scale = (double)source / target;
        var support = Math.Max(scale, 1);
        return [.. Enumerable.Range(0, target).Select(i =>
        {
            var center = (i + 0.5) * scale;
            var first = Math.Max((int)(center - support + 0.5), 0);
            var last = Math.Min((int)(center + support + 0.5), source);
            var weights = Enumerable.Range(first, last - first).Select(j => Math.Max(1 - (Math.Abs(j + 0.5 - center) / support), 0)).ToArray();
            var sum = weights.Sum();
            return (first, Array.ConvertAll(weights, weight => weight / sum));
        })];
    }
}
