namespace MaskGen.ML.Tests.Masks;

/// <summary>The definition, with the whole image of floats.</summary>
internal static class NaiveMaskUpsampler
{
    public static float[] Upsample(ReadOnlySpan<float> logits, int maskSize, ImageSize target)
    {
        var result = new float[target.PixelCount];
        for (var y = 0; y < target.Height; y++)
        {
            var (y0, y1, wy) = Tap(y, maskSize, target.Height);
            for (var x = 0; x < target.Width; x++)
            {
                var (x0, x1, wx) = Tap(x, maskSize, target.Width);
                result[(y * target.Width) + x] =
                    (float)(((1 - wy) * (((1 - wx) * logits[(y0 * maskSize) + x0]) + (wx * logits[(y0 * maskSize) + x1])))
                    + (wy * (((1 - wx) * logits[(y1 * maskSize) + x0]) + (wx * logits[(y1 * maskSize) + x1]))));
            }
        }

        return result;
    }

    private static (int First, int Second, double Weight) Tap(int i, int source, int target)
    {
        var position = Math.Max(((double)source / target * (i + 0.5)) - 0.5, 0);
        var first = (int)position;
        return (first, Math.Min(first + 1, source - 1), position - first);
    }
}
