using System.Diagnostics.CodeAnalysis;
using MaskGen.ML.Files;
using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Draws masks over their image: each in its own colour with a crisp outline, small ones on top of large ones.</summary>
/// <remarks>All members are pure but for what they write, and thread-safe.</remarks>
public static class MaskOverlay
{
    // Under masks the image keeps its light and loses most of its colour, so that the colours of masks are theirs alone.
    private const int GreyPercent = 75;

    // How much of its colour a mask's inside takes; the image stays recognisable underneath.
    private const int FillPercent = 35;

    // A mask over more of the image than this has an outline and no fill: it would colour the image, not show an object.
    private const int LargestFilledPercent = 40;

    // The dark edge around an outline, which keeps it visible on light and on like-coloured ground.
    private const int EdgePercent = 70;

    // Outlines and prompt marks grow with the image: one pixel per this many of its longer side.
    private const int PixelsPerOutlinePixel = 480;

    private static readonly SKColor ForegroundColor = new(0x2E, 0xCC, 0x40);
    private static readonly SKColor BackgroundColor = new(0xFF, 0x41, 0x36);
    private static readonly SKColor BoxColor = new(0xFF, 0xDC, 0x00);

    /// <summary>Writes an overlay as a file of the format that its name says, whole or not at all.</summary>
    /// <param name="path">The file; its folder must exist, an older file is replaced. <c>.png</c> and <c>.webp</c> are lossless,
    /// <c>.jpg</c> and <c>.jpeg</c> of the quality that the options say.</param>
    /// <param name="image">The image.</param>
    /// <param name="masks">Masks of that image.</param>
    /// <param name="options">What to draw beside the masks; null for the defaults.</param>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">The masks are those of an image of another size; an option is invalid; or the name has another
    /// extension, or that of a format that takes no image of this size (the sides of a JPEG have at most 65,500 pixels, those of a WebP
    /// 16,383, and none has more than 536,870,911 pixels).</exception>
    /// <exception cref="InsufficientMemoryException">There is not enough memory to draw on a copy of the image.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, RgbImage image, MaskSet masks, MaskOverlayOptions? options = null) =>
        Save(path, image, masks, options, new ResultStamp(ResultKind.Overlay));

    /// <summary>Writes an overlay as PNG to a stream.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="image">The image.</param>
    /// <param name="masks">Masks of that image.</param>
    /// <param name="options">What to draw beside the masks; null for the defaults.</param>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">The masks are those of an image of another size, it has more than 536,870,911 pixels, or an
    /// option is invalid.</exception>
    /// <exception cref="InsufficientMemoryException">There is not enough memory to draw on a copy of the image.</exception>
    /// <exception cref="IOException">The image cannot be encoded.</exception>
    public static void Write(Stream stream, RgbImage image, MaskSet masks, MaskOverlayOptions? options = null)
    {
        Check(stream, image, masks, ref options);
        Draw(stream, OverlayFormat.Png, image, masks, options, new ResultStamp(ResultKind.Overlay));
    }

    /// <summary>Writes an overlay as PNG to a stream asynchronously; otherwise as
    /// <see cref="Write(Stream, RgbImage, MaskSet, MaskOverlayOptions)"/>.</summary>
    /// <param name="stream">Where to; never written to synchronously. Stays open.</param>
    /// <param name="image">The image.</param>
    /// <param name="masks">Masks of that image.</param>
    /// <param name="options">What to draw beside the masks; null for the defaults.</param>
    /// <param name="cancellationToken">Stops before drawing, and while writing; the stream then holds a part of the file.</param>
    /// <remarks>Drawing and encoding happen in memory, on the calling thread.</remarks>
    /// <exception cref="ArgumentNullException">An argument other than <paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">As for <see cref="Write(Stream, RgbImage, MaskSet, MaskOverlayOptions)"/>.</exception>
    /// <exception cref="InsufficientMemoryException">There is not enough memory to draw on a copy of the image.</exception>
    /// <exception cref="IOException">The image cannot be encoded.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was asked for.</exception>
    public static Task WriteAsync(
        Stream stream, RgbImage image, MaskSet masks, MaskOverlayOptions? options = null, CancellationToken cancellationToken = default)
    {
        Check(stream, image, masks, ref options);
        var chosen = options;
        return BufferedOutput.WriteAsync(
            stream,
            buffer => Draw(buffer, OverlayFormat.Png, image, masks, chosen, new ResultStamp(ResultKind.Overlay)),
            cancellationToken);
    }

    /// <summary>Writes an overlay with a stamp.</summary>
    internal static void Save(string path, RgbImage image, MaskSet masks, MaskOverlayOptions? options, ResultStamp stamp)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(image);
        var format = OverlayFormat.OfName(path);
        format.ThrowIfTooLarge(path, image.Size);
        AtomicFile.Write(path, stream =>
        {
            Check(stream, image, masks, ref options);
            Draw(stream, format, image, masks, options, stamp);
        });
    }

    private static void Check(Stream stream, RgbImage image, MaskSet masks, [NotNull] ref MaskOverlayOptions? options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ImageMasks.ThrowUnlessOf(image, masks);
        options ??= new MaskOverlayOptions();
        options.Validate();
    }

    private static void Draw(
        Stream stream, OverlayFormat format, RgbImage image, MaskSet masks, MaskOverlayOptions options, ResultStamp stamp)
    {
        using var bitmap = RgbaBitmap.Of(image);
        DrawMasks(RgbaBitmap.Bytes(bitmap), image, masks);
        if (options.ShowPrompts)
        {
            DrawPrompts(bitmap, masks);
        }

        if (options.ShowNumbers && masks.Count > 0)
        {
            DrawNumbers(bitmap, masks);
        }

        format.Encode(stream, bitmap, options.Quality, stamp with { MaskCount = masks.Count });
    }

    private static void DrawMasks(Span<byte> rgba, RgbImage image, MaskSet masks)
    {
        // The number of a mask is its place in the set, so that its colour does not depend on the order of drawing.
        if (masks.Count > 0)
        {
            Desaturate(rgba);
        }

        var inside = new bool[image.Size.PixelCount];
        foreach (var index in LabelMap.BottomToTop(masks))
        {
            Paint(rgba, inside, image, masks[index].Segmentation, MaskPalette.Color(index));
        }
    }

    private static void Desaturate(Span<byte> rgba)
    {
        for (var i = 0; i < rgba.Length; i += 4)
        {
            var grey = Grey(rgba[i], rgba[i + 1], rgba[i + 2]);
            for (var channel = i; channel < i + 3; channel++)
            {
                rgba[channel] = Blend(rgba[channel], grey, GreyPercent);
            }
        }
    }

    // ITU-R BT.601.
    private static byte Grey(byte red, byte green, byte blue) => (byte)(((299 * red) + (587 * green) + (114 * blue) + 500) / 1000);

    // Tints the image itself, not what larger masks have made of it: every pixel shows the colour of the smallest mask over it.
    private static void Paint(
        Span<byte> rgba, bool[] inside, RgbImage image, RunLengthEncoding mask, (byte Red, byte Green, byte Blue) color)
    {
        var size = image.Size;
        var pixels = image.Pixels;
        var outline = Math.Max(1, Math.Max(size.Width, size.Height) / PixelsPerOutlinePixel);
        var fill = 100 * mask.Area > LargestFilledPercent * size.PixelCount ? 0 : FillPercent;
        Fill(inside, size, mask, true);
        foreach (var segment in mask.Segments())
        {
            for (var y = segment.Start; y < segment.End; y++)
            {
                // From the outside in: a dark edge, the outline, the fill.
                var isEdge = IsOutline(inside, size, segment.Column, y, outline);
                var isOutline = isEdge || IsOutline(inside, size, segment.Column, y, 3 * outline);
                var pixel = (y * size.Width) + segment.Column;
                var (red, green, blue) = isEdge ? default : color;
                var percent = isEdge ? EdgePercent : isOutline ? 100 : fill;
                var under = pixels.Slice(3 * pixel, 3);
                var grey = Grey(under[0], under[1], under[2]);
                var over = rgba.Slice(4 * pixel, 3);
                over[0] = Blend(Blend(under[0], grey, GreyPercent), red, percent);
                over[1] = Blend(Blend(under[1], grey, GreyPercent), green, percent);
                over[2] = Blend(Blend(under[2], grey, GreyPercent), blue, percent);
            }
        }

        Fill(inside, size, mask, false);
    }

    // A pixel of the mask from which the outside is within the outline's width; the image's edge is no outline.
    private static bool IsOutline(bool[] inside, ImageSize size, int x, int y, int width) =>
        !inside[(y * size.Width) + Math.Max(x - width, 0)]
        || !inside[(y * size.Width) + Math.Min(x + width, size.Width - 1)]
        || !inside[(Math.Max(y - width, 0) * size.Width) + x]
        || !inside[(Math.Min(y + width, size.Height - 1) * size.Width) + x];

    private static void Fill(bool[] inside, ImageSize size, RunLengthEncoding mask, bool value)
    {
        foreach (var segment in mask.Segments())
        {
            for (var y = segment.Start; y < segment.End; y++)
            {
                inside[(y * size.Width) + segment.Column] = value;
            }
        }
    }

    private static byte Blend(byte under, byte over, int percent) => (byte)(((under * (100 - percent)) + (over * percent) + 50) / 100);

    private static void DrawPrompts(SKBitmap bitmap, MaskSet masks)
    {
        using var canvas = new SKCanvas(bitmap);
        var unit = Math.Max(1f, Math.Max(bitmap.Width, bitmap.Height) / (float)PixelsPerOutlinePixel);
        using var line = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 2 * unit, Color = BoxColor };
        foreach (var box in masks.Select(mask => mask.Box).OfType<BoxXyxy>().Distinct())
        {
            canvas.DrawRect(box.X0, box.Y0, box.Width, box.Height, line);
        }

        using var fill = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Fill };
        using var rim = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 1.5f * unit, Color = SKColors.White };
        foreach (var point in masks.SelectMany(mask => mask.Points).Distinct())
        {
            fill.Color = point.Label == PointLabel.Foreground ? ForegroundColor : BackgroundColor;
            canvas.DrawCircle(point.X, point.Y, 5 * unit, fill);
            canvas.DrawCircle(point.X, point.Y, 5 * unit, rim);
        }
    }

    private static void DrawNumbers(SKBitmap bitmap, MaskSet masks)
    {
        using var canvas = new SKCanvas(bitmap);
        var cell = Math.Max(1, Math.Max(bitmap.Width, bitmap.Height) / PixelsPerOutlinePixel);
        var places = MaskNumberPlaces.Find(LabelMap.FromMasks(masks));
        for (var i = 0; i < places.Length; i++)
        {
            if (places[i] is { } place)
            {
                DigitGlyphs.Draw(canvas, masks.ImageSize, i + 1, place, cell);
            }
        }
    }
}
