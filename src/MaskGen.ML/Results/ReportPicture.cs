using System.Runtime.InteropServices;
using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Pictures for pages, as data addresses.</summary>
internal static class ReportPicture
{
    private const int ThumbnailSide = 320;
    private const int NotebookSide = 1440;
    private const int PictureQuality = 92;
    private const int ThumbnailQuality = 80;

    /// <summary>The whole picture: losslessly when that is the smaller file, as it is for drawings, otherwise as JPEG.</summary>
    public static string Full(RgbImage image)
    {
        using var bitmap = ToBitmap(image);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        using var jpeg = bitmap.Encode(SKEncodedImageFormat.Jpeg, PictureQuality);
        return png.Size <= jpeg.Size ? Address("png", png) : Address("jpeg", jpeg);
    }

    /// <summary>A small picture with its masks laid over it, at most 320 pixels long.</summary>
    public static string Thumbnail(RgbImage image, MaskSet masks)
    {
        using var overlay = OverlayPng(image, masks, withPrompts: false);
        using var small = Shrunk(overlay, ThumbnailSide);
        using var jpeg = small.Encode(SKEncodedImageFormat.Jpeg, ThumbnailQuality);
        return Address("jpeg", jpeg);
    }

    /// <summary>The picture with its masks laid over it, at most 1440 pixels long.</summary>
    public static string Overlay(RgbImage image, MaskSet masks, bool withPrompts)
    {
        using var overlay = OverlayPng(image, masks, withPrompts);
        using var small = Shrunk(overlay, NotebookSide);
        using var jpeg = small.Encode(SKEncodedImageFormat.Jpeg, PictureQuality);
        return Address("jpeg", jpeg);
    }

    /// <summary>The masks in their colours over nothing, at most 1440 pixels long; smaller ones on top.</summary>
    public static string Alone(MaskSet masks)
    {
        var labels = LabelMap.FromMasks(masks).Labels;
        var rgba = new byte[4 * labels.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] > 0)
            {
                (rgba[4 * i], rgba[(4 * i) + 1], rgba[(4 * i) + 2]) = MaskPalette.Color(labels[i] - 1);
                rgba[(4 * i) + 3] = byte.MaxValue;
            }
        }

        using var bitmap = ToBitmap(rgba, masks.ImageSize, SKAlphaType.Unpremul);
        using var full = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        if (Math.Max(bitmap.Width, bitmap.Height) <= NotebookSide)
        {
            return Address("png", full);
        }

        using var stream = new MemoryStream(full.ToArray());
        using var small = Shrunk(stream, NotebookSide);
        using var png = small.Encode(SKEncodedImageFormat.Png, quality: 100);
        return Address("png", png);
    }

    private static MemoryStream OverlayPng(RgbImage image, MaskSet masks, bool withPrompts)
    {
        var stream = new MemoryStream();
        MaskOverlay.Write(stream, image, masks, withPrompts);
        stream.Position = 0;
        return stream;
    }

    private static SKBitmap Shrunk(Stream picture, int longestSide)
    {
        var full = SKBitmap.Decode(picture);
        var scale = longestSide / (double)Math.Max(full.Width, full.Height);
        if (scale >= 1)
        {
            return full;
        }

        using (full)
        {
            var size = new SKSizeI(Math.Max(1, (int)Math.Round(full.Width * scale)), Math.Max(1, (int)Math.Round(full.Height * scale)));
            return full.Resize(size, SKFilterQuality.High);
        }
    }

    private static string Address(string format, SKData data) => $"data:image/{format};base64,{Convert.ToBase64String(data.AsSpan())}";

    private static SKBitmap ToBitmap(RgbImage image)
    {
        var source = image.Pixels;
        var rgba = new byte[4 * image.Size.PixelCount];
        for (int i = 0, j = 0; i < source.Length; i += 3, j += 4)
        {
            source.Slice(i, 3).CopyTo(rgba.AsSpan(j));
            rgba[j + 3] = byte.MaxValue;
        }

        return ToBitmap(rgba, image.Size, SKAlphaType.Opaque);
    }

    private static SKBitmap ToBitmap(byte[] rgba, ImageSize size, SKAlphaType alpha)
    {
        var bitmap = new SKBitmap(new SKImageInfo(size.Width, size.Height, SKColorType.Rgba8888, alpha));
        Marshal.Copy(rgba, 0, bitmap.GetPixels(), rgba.Length);
        return bitmap;
    }
}
