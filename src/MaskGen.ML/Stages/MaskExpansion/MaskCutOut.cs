using Microsoft.ML.Data;

namespace MaskGen.ML.Stages;

/// <summary>Cuts the part of an image out that a mask covers.</summary>
/// <param name="background">What to put around the object.</param>
/// <param name="fill">The colour for <see cref="CutOutBackground.Fill"/>.</param>
internal sealed class MaskCutOut(CutOutBackground background, RgbColor fill)
{
    private const int Channels = 4;

    /// <summary>Cuts.</summary>
    /// <param name="image">The image.</param>
    /// <param name="mask">A mask of its size.</param>
    /// <returns>An RGBA image as large as the mask's bounding box, which its reader disposes; null for an empty mask.</returns>
    public MLImage? Cut(RgbImage image, MaskRecord mask)
    {
        if (mask.Area == 0)
        {
            return null;
        }

        // The extent of the set pixels themselves: the record's box is the caller's where masks come from elsewhere.
        var extent = mask.Segmentation.BoundingCorners();
        var (left, top) = ((int)extent.X0, (int)extent.Y0);
        var (width, height) = ((int)extent.X1 - left + 1, (int)extent.Y1 - top + 1);
        var pixels = new byte[Channels * width * height];
        if (background == CutOutBackground.Keep)
        {
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    Copy(x, y);
                }
            }
        }
        else
        {
            Fill(pixels);
            foreach (var segment in mask.Segmentation.Segments())
            {
                for (var y = segment.Start; y < segment.End; y++)
                {
                    Copy(segment.Column - left, y - top);
                }
            }
        }

        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);

        void Copy(int x, int y)
        {
            var target = pixels.AsSpan(Channels * ((y * width) + x), Channels);
            image.Pixels.Slice(3 * (((top + y) * image.Size.Width) + left + x), 3).CopyTo(target);
            target[3] = byte.MaxValue;
        }
    }

    // Transparent pixels are zeros throughout, as an image that is premultiplied by alpha has them.
    private void Fill(Span<byte> pixels)
    {
        for (var i = 0; background == CutOutBackground.Fill && i < pixels.Length; i += Channels)
        {
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = (fill.Red, fill.Green, fill.Blue, byte.MaxValue);
        }
    }
}
