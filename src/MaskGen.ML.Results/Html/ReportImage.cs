using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Images for pages, as data URLs.</summary>
internal static class ReportImage
{
    private const int ThumbnailSide = 320;
    private const int NotebookSide = 1440;

    // Compressing a large photo losslessly takes seconds, only to find that it is larger.
    private const int MostPixelsToTryLossless = 1 << 20;

    // JPEG_MAX_DIMENSION of libjpeg, which complains on standard error about more.
    private const int LongestJpegSide = 65_500;

    private const int ImageQuality = 92;
    private const int ThumbnailQuality = 80;

    /// <summary>The whole image: losslessly when it is small and that is the smaller file, as for drawings; otherwise as JPEG.</summary>
    public static string Full(RgbImage image)
    {
        using var bitmap = RgbaBitmap.Of(image);
        using var jpeg = Math.Max(image.Size.Width, image.Size.Height) <= LongestJpegSide
            ? bitmap.Encode(SKEncodedImageFormat.Jpeg, ImageQuality)
            : null;
        if (jpeg is not null && image.Size.PixelCount > MostPixelsToTryLossless)
        {
            return Address("jpeg", jpeg);
        }

        // What is too long for JPEG is written losslessly, however large.
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return jpeg is null || png.Size <= jpeg.Size ? Address("png", png) : Address("jpeg", jpeg);
    }

    /// <summary>A small image with its masks laid over it, at most 320 pixels long.</summary>
    public static string Thumbnail(RgbImage image, MaskSet masks)
    {
        // The best candidate of each prompt, which is also what the page shows first.
        var perPrompt = PromptCandidates.CountPerPrompt(masks);
        var shown = perPrompt == 1
            ? masks
            : new MaskSet(masks.ImageSize, [.. PromptCandidates.BestFirst(masks, perPrompt).Select(places => masks[places[0]])]);
        using var small = MaskOverlay.Render(image, shown, new MaskOverlayOptions { ShowsCandidatesApart = false }, ThumbnailSide);
        using var jpeg = small.Encode(SKEncodedImageFormat.Jpeg, ThumbnailQuality);
        return Address("jpeg", jpeg);
    }

    /// <summary>The image with its masks laid over it, at most 1440 pixels long; of candidates each of the panels.</summary>
    public static string Overlay(MaskedImage image)
    {
        using var small = MaskOverlay.Render(image.Image, image.Masks, image.Options, NotebookSide);
        using var jpeg = small.Encode(SKEncodedImageFormat.Jpeg, image.Options.Quality);
        return Address("jpeg", jpeg);
    }

    /// <summary>The masks in their colours over nothing, at most 1440 pixels long; smaller ones on top.</summary>
    public static string Alone(MaskSet masks)
    {
        var labels = LabelMap.FromMasks(masks).Labels;
        var bitmap = RgbaBitmap.Create(masks.ImageSize, SKAlphaType.Unpremul);
        var rgba = RgbaBitmap.Bytes(bitmap);
        rgba.Clear();
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] > 0)
            {
                (rgba[4 * i], rgba[(4 * i) + 1], rgba[(4 * i) + 2]) = MaskPalette.Color(labels[i] - 1);
                rgba[(4 * i) + 3] = byte.MaxValue;
            }
        }

        using var small = Shrunk(bitmap, NotebookSide);
        using var png = small.Encode(SKEncodedImageFormat.Png, quality: 100);
        return Address("png", png);
    }

    // Takes ownership of the bitmap: it is disposed or returned.
    private static SKBitmap Shrunk(SKBitmap full, int longestSide)
    {
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
}
