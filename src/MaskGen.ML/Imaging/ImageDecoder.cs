using SkiaSharp;

namespace MaskGen.ML.Imaging;

/// <summary>Decodes picture files with Skia into upright RGB.</summary>
internal static class ImageDecoder
{
    /// <summary>Decodes a picture.</summary>
    /// <param name="stream">The file's bytes from its beginning; not disposed.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <param name="options">Limits.</param>
    /// <exception cref="InvalidDataException">The bytes are not a whole picture, or one of more pixels than the options allow.</exception>
    public static RgbImage Decode(Stream stream, string source, ImageLoadOptions options)
    {
        options.Validate();
        using var data = SKData.Create(stream)
            ?? throw new InvalidDataException($"{source}: expected a picture (PNG, JPEG, WebP, BMP or GIF), found an empty file.");
        using var codec = SKCodec.Create(data)
            ?? throw new InvalidDataException($"{source}: expected a picture (PNG, JPEG, WebP, BMP or GIF), found {data.Size} bytes that are none.");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height is var pixels && (pixels < 1 || pixels > options.MaximumPixels))
        {
            throw new InvalidDataException($"{source}: expected 1 to {options.MaximumPixels} pixels, found {width}x{height} = {(long)width * height}.");
        }

        // Unpremultiplied, and without a colour space, so that Skia neither darkens half transparent pixels nor converts colours.
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(info))
        {
            throw new InvalidDataException($"{source}: there is not enough memory to decode {width}x{height} pixels.");
        }

        var result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
        {
            throw new InvalidDataException($"{source}: expected a whole {codec.EncodedFormat} picture of {width}x{height}, found a damaged one ({result}).");
        }

        return Upright(bitmap.GetPixelSpan(), new ImageSize(width, height), codec.EncodedOrigin);
    }

    // Drops alpha and turns the picture as its EXIF orientation says.
    private static RgbImage Upright(ReadOnlySpan<byte> rgba, ImageSize size, SKEncodedOrigin origin)
    {
        var (w, h) = (size.Width, size.Height);

        // Where source pixel (x, y) goes: pixel index start + x * stepX + y * stepY of the target.
        var (target, start, stepX, stepY) = origin switch
        {
            SKEncodedOrigin.TopRight => (size, (long)w - 1, -1L, (long)w),
            SKEncodedOrigin.BottomRight => (size, ((long)w * h) - 1, -1L, -(long)w),
            SKEncodedOrigin.BottomLeft => (size, (long)w * (h - 1), 1L, -(long)w),
            SKEncodedOrigin.LeftTop => (new ImageSize(h, w), 0L, (long)h, 1L),
            SKEncodedOrigin.RightTop => (new ImageSize(h, w), (long)h - 1, (long)h, -1L),
            SKEncodedOrigin.RightBottom => (new ImageSize(h, w), ((long)w * h) - 1, -(long)h, -1L),
            SKEncodedOrigin.LeftBottom => (new ImageSize(h, w), (long)h * (w - 1), -(long)h, 1L),
            _ => (size, 0L, 1L, (long)w),
        };
        var pixels = new byte[3 * size.PixelCount];
        var source = 0;
        for (var y = 0; y < h; y++)
        {
            var index = 3 * (start + (y * stepY));
            for (var x = 0; x < w; x++)
            {
                pixels[index] = rgba[source];
                pixels[index + 1] = rgba[source + 1];
                pixels[index + 2] = rgba[source + 2];
                source += 4;
                index += 3 * stepX;
            }
        }

        return new RgbImage(target, pixels);
    }
}
