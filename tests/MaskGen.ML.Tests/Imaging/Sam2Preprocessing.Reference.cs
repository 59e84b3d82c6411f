namespace MaskGen.ML.Tests.Imaging;

/// <summary>The definition, pixel by pixel, in double precision.</summary>
internal static class NaivePreprocessing
{
    private static readonly double[] Mean = [0.485, 0.456, 0.406];
    private static readonly double[] Deviation = [0.229, 0.224, 0.225];

    public static float[] Preprocess(RgbImage image, int inputSize)
    {
        var result = new float[3 * inputSize * inputSize];
        for (var i = 0; i < result.Length; i++)
        {
            var (channel, y, x) = (i / (inputSize * inputSize), i / inputSize % inputSize, i % inputSize);
            double sum = 0, total = 0;
            for (var row = 0; row < image.Size.Height; row++)
            {
                var rowWeight = Weight(row, y, image.Size.Height, inputSize);
                for (var column = 0; rowWeight > 0 && column < image.Size.Width; column++)
                {
                    var weight = rowWeight * Weight(column, x, image.Size.Width, inputSize);
                    sum += weight * image.Pixels[(((row * image.Size.Width) + column) * 3) + channel];
                    total += weight;
                }
            }

            result[i] = (float)(((sum / total / 255) - Mean[channel]) / Deviation[channel]);
        }

        return result;
    }

    private static double Weight(int source, int target, int sourceSize, int targetSize)
    {
        var scale = (double)sourceSize / targetSize;
        return Math.Max(1 - (Math.Abs(source + 0.5 - ((target + 0.5) * scale)) / Math.Max(scale, 1)), 0);
    }
}
