using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Images for pages, as data URLs.</summary>
internal static class ReportImage
{
    private const int ThumbnailSide = 320;
    private const int NotebookSide = 1440;
    private const int NotebookPanelSide = 720;

    // In pixels of the page, of which a screen may have two per pixel.
    private const int WidestInNotebook = 720;

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
        var png = Png(bitmap);
        return jpeg is null || png.Length <= jpeg.Size ? Address("png", png) : Address("jpeg", jpeg);
    }

    /// <summary>A small image with its masks laid over it, at most 320 pixels long.</summary>
    /// <param name="image">The image.</param>
    /// <param name="masks">Its masks.</param>
    /// <param name="perPrompt">How many candidates of a prompt follow each other, of which the best is shown; 1 if masks are no
    /// candidates.</param>
    /// <param name="areAskedFor">Whether prompts asked for the masks.</param>
    public static string Thumbnail(RgbImage image, MaskSet masks, int perPrompt, bool areAskedFor)
    {
        var shown = perPrompt == 1
            ? masks
            : new MaskSet(masks.ImageSize, [.. PromptCandidates.BestFirst(masks, perPrompt).Select(places => masks[places[0]])]);
        var options = new MaskOverlayOptions { ShowsCandidatesApart = false, AreAskedFor = areAskedFor };
        using var small = MaskOverlay.Render(image, shown, options, ThumbnailSide);
        using var jpeg = small.Encode(SKEncodedImageFormat.Jpeg, ThumbnailQuality);
        return Address("jpeg", jpeg);
    }

    /// <summary>The image with its masks laid over it, at most 1440 pixels long; candidates of a prompt side by side, each at most
    /// 720.</summary>
    public static ShownImage Overlay(MaskedImage image)
    {
        var isSheet = MaskOverlay.IsSheet(image.Masks, image.Options);
        using var drawn = MaskOverlay.Render(image.Image, image.Masks, image.Options, isSheet ? NotebookPanelSide : NotebookSide);
        using var jpeg = drawn.Encode(SKEncodedImageFormat.Jpeg, image.Options.Quality);
        return new ShownImage(Address("jpeg", jpeg), isSheet ? drawn.Width : Math.Min(drawn.Width, WidestInNotebook));
    }

    /// <summary>The masks in their colours over nothing, at most 1440 pixels long, smaller ones on top; candidates of a prompt side by
    /// side, each at most 720.</summary>
    public static ShownImage Alone(MaskSet masks)
    {
        var isSheet = MaskOverlay.IsSheet(masks, new MaskOverlayOptions());
        using var drawn = MaskOverlay.RenderAlone(masks, isSheet ? NotebookPanelSide : NotebookSide);
        return new ShownImage(Address("png", Png(drawn)), isSheet ? drawn.Width : Math.Min(drawn.Width, WidestInNotebook));
    }

    private static ReadOnlySpan<byte> Png(SKBitmap bitmap)
    {
        var stream = new MemoryStream();
        RgbaBitmap.WritePng(stream, bitmap, stamp: null);
        return stream.GetBuffer().AsSpan(0, (int)stream.Length);
    }

    private static string Address(string format, SKData data) => Address(format, data.AsSpan());

    private static string Address(string format, ReadOnlySpan<byte> data) => $"data:image/{format};base64,{Convert.ToBase64String(data)}";
}

/// <summary>An image for a page.</summary>
/// <param name="Address">Its data URL.</param>
/// <param name="Width">How wide to show it, in pixels of the page; less where there is less room.</param>
internal readonly record struct ShownImage(string Address, int Width);
