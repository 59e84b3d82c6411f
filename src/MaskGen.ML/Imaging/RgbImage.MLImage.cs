using Microsoft.ML.Data;

namespace MaskGen.ML;

/// <content>The one place where ML.NET's pictures become ours, and ours ML.NET's.</content>
public sealed partial class RgbImage
{
    /// <summary>Copies an ML.NET picture and drops its alpha.</summary>
    /// <param name="image">The picture, 4 bytes per pixel; stays the caller's and may be disposed afterwards. Taken as it lies: ML.NET's
    /// loaders
    /// do not turn a photo as its EXIF orientation says, unlike <see cref="Load(string, ImageLoadOptions)"/>.</param>
    /// <remarks>ML.NET holds what it has decoded premultiplied by alpha. That is undone where it can have happened (no channel exceeds
    /// alpha), so
    /// that a half transparent pixel keeps its colour; a fully transparent one has lost it and is black.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="image"/> is disposed.</exception>
    public static RgbImage FromMLImage(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var source = image.Pixels;
        var pixels = new byte[source.Length / 4 * 3];
        var (red, blue) = image.PixelFormat == MLPixelFormat.Bgra32 ? (2, 0) : (0, 2);
        var target = 0;
        for (var i = 0; i < source.Length; i += 4)
        {
            var (r, g, b, alpha) = (source[i + red], source[i + 1], source[i + blue], source[i + 3]);
            if (alpha is > 0 and < byte.MaxValue && r <= alpha && g <= alpha && b <= alpha)
            {
                (r, g, b) = (Straight(r, alpha), Straight(g, alpha), Straight(b, alpha));
            }

            (pixels[target], pixels[target + 1], pixels[target + 2]) = (r, g, b);
            target += 3;
        }

        return new RgbImage(new ImageSize(image.Width, image.Height), pixels);
    }

    /// <summary>Copies the picture into one of ML.NET's, for an image column: a photo loaded with <see cref="Load(string, ImageLoadOptions)"/> is upright
    /// there,
    /// which one from ML.NET's own loader need not be.</summary>
    /// <returns>An opaque RGBA picture; the caller disposes it.</returns>
    public MLImage ToMLImage()
    {
        var rgba = new byte[4 * Size.PixelCount];
        for (int source = 0, target = 0; target < rgba.Length; source += 3, target += 4)
        {
            _pixels.AsSpan(source, 3).CopyTo(rgba.AsSpan(target));
            rgba[target + 3] = byte.MaxValue;
        }

        return MLImage.CreateFromPixels(Size.Width, Size.Height, MLPixelFormat.Rgba32, rgba);
    }

    private static byte Straight(byte premultiplied, byte alpha) => (byte)(((premultiplied * byte.MaxValue) + (alpha / 2)) / alpha);
}
