using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

internal static class MLImagePixels
{
    public static RgbImage ToRgb(MLImage image)
    {
        var source = image.Pixels;
        var pixels = new byte[source.Length / 4 * 3];
        var isBgra = image.PixelFormat == MLPixelFormat.Bgra32;
        for (var i = 0; i < source.Length / 4; i++)
        {
            pixels[3 * i] = source[(4 * i) + (isBgra ? 2 : 0)];
            pixels[(3 * i) + 1] = source[(4 * i) + 1];
            pixels[(3 * i) + 2] = source[(4 * i) + (isBgra ? 0 : 2)];
        }

        return RgbImage.FromPixels(new ImageSize(image.Width, image.Height), pixels);
    }
}

internal static class InterimMasks
{
    public static string Encode(RunLengthEncoding rle) => string.Join(' ', rle.Counts.ToArray());

    public static MaskRecord Record(ReadOnlySpan<float> logits, int side, ImageSize size, float threshold, float offset, float predictedIou, Sam2Prompt prompt, float objectScore)
    {
        int strict = 0, lenient = 0, minX = int.MaxValue, minY = int.MaxValue, maxX = -1, maxY = -1;
        var counts = new List<int>();
        var (current, run) = (false, 0);
        for (var x = 0; x < size.Width; x++)
        {
            for (var y = 0; y < size.Height; y++)
            {
                var sx = Math.Clamp(((x + 0.5f) * side / size.Width) - 0.5f, 0, side - 1);
                var sy = Math.Clamp(((y + 0.5f) * side / size.Height) - 0.5f, 0, side - 1);
                int x0 = (int)sx, y0 = (int)sy, x1 = Math.Min(x0 + 1, side - 1), y1 = Math.Min(y0 + 1, side - 1);
                float fx = sx - x0, fy = sy - y0;
                var value = ((logits[(y0 * side) + x0] * (1 - fx)) + (logits[(y0 * side) + x1] * fx)) * (1 - fy)
                    + (((logits[(y1 * side) + x0] * (1 - fx)) + (logits[(y1 * side) + x1] * fx)) * fy);
                strict += value > threshold + offset ? 1 : 0;
                lenient += value > threshold - offset ? 1 : 0;
                var set = value > threshold;
                if (set)
                {
                    (minX, minY, maxX, maxY) = (Math.Min(minX, x), Math.Min(minY, y), Math.Max(maxX, x), Math.Max(maxY, y));
                }

                if (set != current)
                {
                    counts.Add(run);
                    (current, run) = (set, 0);
                }

                run++;
            }
        }

        counts.Add(run);
        return new MaskRecord
        {
            Segmentation = new RunLengthEncoding(size, [.. counts]),
            BoundingBox = maxX < 0 ? default : new BoxXywh(minX, minY, maxX - minX, maxY - minY),
            PredictedIou = predictedIou,
            StabilityScore = (float)strict / lenient,
            Points = prompt.Points,
            Box = prompt.Box,
            CropBox = new BoxXywh(0, 0, size.Width, size.Height),
            ObjectScoreLogit = objectScore,
        };
    }
}
