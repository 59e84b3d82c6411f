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
