using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Images as Skia draws on them and encodes them: four bytes per pixel, straight alpha.</summary>
internal static class RgbaBitmap
{
    private const int BytesPerPixel = 4;

    /// <summary>The most pixels that one can have: its bytes are numbered with 31 bits.</summary>
    public const int MostPixels = int.MaxValue / BytesPerPixel;

    /// <summary>A bitmap whose content is not set yet; the caller disposes it.</summary>
    /// <exception cref="ArgumentException">It would have more than <see cref="MostPixels"/>.</exception>
    /// <exception cref="InsufficientMemoryException">There is not enough memory.</exception>
    public static SKBitmap Create(ImageSize size, SKAlphaType alpha)
    {
        if (size.PixelCount > MostPixels)
        {
            throw new ArgumentException(
                $"Expected at most {MostPixels} pixels to draw on, found {size} = {size.PixelCount}.", nameof(size));
        }

        var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, alpha)))
        {
            bitmap.Dispose();
            throw new InsufficientMemoryException($"There is not enough memory to draw on {size} pixels.");
        }

        return bitmap;
    }

    /// <summary>A copy of an image; the caller disposes it.</summary>
    /// <inheritdoc cref="Create"/>
    public static SKBitmap Of(RgbImage image)
    {
        var bitmap = Create(image.Size, SKAlphaType.Opaque);
        var source = image.Pixels;
        var target = Bytes(bitmap);
        for (int i = 0, j = 0; i < source.Length; i += 3, j += BytesPerPixel)
        {
            source.Slice(i, 3).CopyTo(target[j..]);
            target[j + 3] = byte.MaxValue;
        }

        return bitmap;
    }

    /// <summary>Writes a bitmap as PNG, with alpha if it has any.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="bitmap">An opaque bitmap, or one with straight alpha.</param>
    /// <param name="stamp">Its stamp; null for none.</param>
    public static void WritePng(Stream stream, SKBitmap bitmap, ResultStamp? stamp)
    {
        var size = new ImageSize(bitmap.Width, bitmap.Height);
        if (bitmap.AlphaType == SKAlphaType.Opaque)
        {
            PngWriter.WriteRgb8(stream, size, Bytes(bitmap), stamp);
        }
        else
        {
            PngWriter.WriteRgba8(stream, size, Bytes(bitmap), stamp);
        }
    }

    /// <summary>The bytes of a bitmap: red, green, blue, alpha, row by row; valid as long as it is.</summary>
    public static unsafe Span<byte> Bytes(SKBitmap bitmap) =>
        new((void*)bitmap.GetPixels(), checked(BytesPerPixel * bitmap.Width * bitmap.Height));
}
