using System.Runtime.InteropServices;
using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Pictures for pages, as data addresses.</summary>
internal static class ReportPicture
{
    private const int ThumbnailSide = 320;
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
        using var overlay = new MemoryStream();
        MaskOverlay.Write(overlay, image, masks);
        using var full = SKBitmap.Decode(overlay.ToArray());
        var scale = Math.Min(1, ThumbnailSide / (double)Math.Max(full.Width, full.Height));
        var size = new SKSizeI(Math.Max(1, (int)Math.Round(full.Width * scale)), Math.Max(1, (int)Math.Round(full.Height * scale)));
        using var small = full.Resize(size, SKFilterQuality.High);
        using var jpeg = small.Encode(SKEncodedImageFormat.Jpeg, ThumbnailQuality);
        return Address("jpeg", jpeg);
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

        var bitmap = new SKBitmap(new SKImageInfo(image.Size.Width, image.Size.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Marshal.Copy(rgba, 0, bitmap.GetPixels(), rgba.Length);
        return bitmap;
    }
}
