using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace MaskGen.ML;

/// <content>The one place where ML.NET's images become ours, and ours ML.NET's.</content>
public sealed partial class RgbImage
{
    // ML.NET counts an image's bytes, four per pixel, in 31 bits.
    private const int MostMLImagePixels = int.MaxValue / 4;

    /// <summary>Copies an ML.NET image and drops its alpha.</summary>
    /// <param name="image">The image, 4 bytes per pixel; stays the caller's and may be disposed afterwards. Taken as it lies: ML.NET's
    /// loaders do not turn a photo as its EXIF orientation says, unlike <see cref="Load(string, ImageLoadOptions)"/>.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <remarks>ML.NET holds what it has decoded premultiplied by alpha, and what comes from <see cref="MLImage.CreateFromPixels"/> as it
    /// was given; it does not tell the one from the other. A single channel above its pixel's alpha proves that an image is not
    /// premultiplied, and all of it is then taken as it lies. Otherwise premultiplying is undone, so that half transparent pixels keep
    /// their colours; fully transparent ones have lost theirs and are black. Hence an image whose translucent pixels are all so dark that
    /// no channel exceeds alpha comes out too bright where it was given unpremultiplied: give such a one with an alpha of 255, or as
    /// <see cref="FromPixels"/>.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidDataException">The image has more pixels than the options allow.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="image"/> is disposed.</exception>
    public static RgbImage FromMLImage(MLImage image, ImageLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        options = Validated(options);
        var size = new ImageSize(image.Width, image.Height);
        options.ThrowIfTooLarge(size, image.Tag ?? "image");
        var source = image.Pixels;
        var isPremultiplied = IsPremultiplied(source);
        var pixels = GC.AllocateUninitializedArray<byte>(source.Length / 4 * 3);
        var (red, blue) = image.PixelFormat == MLPixelFormat.Bgra32 ? (2, 0) : (0, 2);
        for (int i = 0, target = 0; i < source.Length; i += 4, target += 3)
        {
            var (r, g, b, alpha) = (source[i + red], source[i + 1], source[i + blue], source[i + 3]);
            if (isPremultiplied && alpha is > 0 and < byte.MaxValue)
            {
                (r, g, b) = (Straight(r, alpha), Straight(g, alpha), Straight(b, alpha));
            }

            (pixels[target], pixels[target + 1], pixels[target + 2]) = (r, g, b);
        }

        return new RgbImage(size, pixels);
    }

    /// <summary>Copies the image into one of ML.NET's, for an image column: a photo loaded with
    /// <see cref="Load(string, ImageLoadOptions)"/> is upright there, which one from ML.NET's own loader need not be.</summary>
    /// <returns>An opaque RGBA image; the caller disposes it.</returns>
    /// <exception cref="InvalidOperationException">The image has more than 536,870,911 pixels, which ML.NET cannot hold.</exception>
    public MLImage ToMLImage()
    {
        if (Size.PixelCount > MostMLImagePixels)
        {
            throw new InvalidOperationException(
                $"Expected at most {MostMLImagePixels} pixels, which is what an MLImage holds, found {Size} = {Size.PixelCount}.");
        }

        var image = CreateBlank(Size);
        try
        {
            // Nobody else has seen the image yet, so its pixels may still be written.
            var pixels = image.Pixels;
            var rgba = MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(pixels), pixels.Length);
            for (int source = 0, target = 0; target < rgba.Length; source += 3, target += 4)
            {
                _pixels.AsSpan(source, 3).CopyTo(rgba[target..]);
                rgba[target + 3] = byte.MaxValue;
            }

            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    // ML.NET makes images from pixels only by copying them. Zeros that nobody has written take no memory, unlike a second copy of an image.
    private static unsafe MLImage CreateBlank(ImageSize size)
    {
        var length = (int)(4 * size.PixelCount);
        var zeros = NativeMemory.AllocZeroed((nuint)length);
        try
        {
            return MLImage.CreateFromPixels(size.Width, size.Height, MLPixelFormat.Rgba32, new ReadOnlySpan<byte>(zeros, length));
        }
        finally
        {
            NativeMemory.Free(zeros);
        }
    }

    private static bool IsPremultiplied(ReadOnlySpan<byte> pixels)
    {
        for (var i = 0; i < pixels.Length; i += 4)
        {
            var alpha = pixels[i + 3];
            if (pixels[i] > alpha || pixels[i + 1] > alpha || pixels[i + 2] > alpha)
            {
                return false;
            }
        }

        return true;
    }

    private static byte Straight(byte premultiplied, byte alpha) => (byte)(((premultiplied * byte.MaxValue) + (alpha / 2)) / alpha);
}
