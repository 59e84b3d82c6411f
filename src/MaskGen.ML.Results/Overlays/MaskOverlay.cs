using System.Diagnostics.CodeAnalysis;
using MaskGen.ML.Files;
using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Draws masks over their image, which keeps its light and loses most of its colour: each mask as an outline in its own colour
/// with a dark edge and a light fill, small ones on top of large ones; of everything that was found a mask over more than a third of the
/// image as an outline alone.</summary>
/// <remarks>An overlay has the size of the image. Candidates of one prompt, as <see cref="MaskOutput.Multimask"/> gives them, are drawn
/// apart instead, side by side (or below each other where the image is wider than twice its height), with the predicted IoU below each and
/// the one with the highest marked; of several prompts with three candidates each, the best ones together, the second ones together and the
/// third. Then, as with <see cref="MaskOverlayOptions.SideBySide"/>, each panel is at most 2048 pixels along its longer side. All members
/// are pure but for what they write, and thread-safe.</remarks>
public static class MaskOverlay
{
    // Several panels are to be looked at, not to be measured: each has at most this many pixels along its longer side.
    private const int LongestPanelSide = 2048;

    // And no fewer than this, so that there is something to see beside the captions.
    private const int ShortestPanelSide = 256;

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
        if (masks is null || !IsSheet(masks, options ?? new MaskOverlayOptions()))
        {
            format.ThrowIfTooLarge(path, image.Size);
        }

        AtomicFile.Write(path, stream =>
        {
            Check(stream, image, masks!, ref options);
            Draw(stream, format, image, masks!, options, stamp);
        });
    }

    /// <summary>Draws an overlay; the caller disposes it.</summary>
    /// <param name="image">The image.</param>
    /// <param name="masks">Masks of that image.</param>
    /// <param name="options">What to draw beside the masks.</param>
    /// <param name="longestSide">The most pixels along the longer side of a panel, at least 1; a larger image is shrunk before anything is
    /// drawn, so that lines stay crisp and no copy of the large image is made.</param>
    internal static SKBitmap Render(RgbImage image, MaskSet masks, MaskOverlayOptions options, int longestSide = int.MaxValue)
    {
        var panels = OverlayPanel.Of(masks, options);
        var size = PanelSize(image.Size, panels, longestSide);
        var (view, drawn) = (Resampling.Of(image, size), masks.Count == 0 ? masks : Resampling.Of(masks, size));
        return IsSheet(panels)
            ? new OverlaySheet(size, [.. panels.Select(panel => panel.Caption)])
                .Compose(place => Draw(view, drawn, panels[place].Indices, options))
            : Draw(view, drawn, panels[0].Indices, options);
    }

    /// <summary>Draws masks in their colours over nothing; the caller disposes the bitmap.</summary>
    /// <param name="masks">The masks of an image of at least one pixel.</param>
    /// <param name="longestSide">The most pixels along the longer side of a panel, at least 1.</param>
    internal static SKBitmap RenderAlone(MaskSet masks, int longestSide)
    {
        var panels = OverlayPanel.Of(masks, new MaskOverlayOptions());
        var size = PanelSize(masks.ImageSize, panels, longestSide);
        var drawn = Resampling.Of(masks, size);
        return IsSheet(panels)
            ? new OverlaySheet(size, [.. panels.Select(panel => panel.Caption)])
                .Compose(place => MaskPainter.Alone(drawn, panels[place].Indices))
            : MaskPainter.Alone(drawn, panels[0].Indices);
    }

    /// <summary>Whether there are several panels, so that the overlay has another size than the image.</summary>
    internal static bool IsSheet(MaskSet masks, MaskOverlayOptions options) => IsSheet(OverlayPanel.Of(masks, options));

    private static ImageSize PanelSize(ImageSize image, IReadOnlyList<OverlayPanel> panels, int longestSide)
    {
        var longest = Math.Max(image.Width, image.Height);
        if (IsSheet(panels))
        {
            // Small ones grow by whole numbers, so that their pixels stay squares.
            var wanted = longest * Math.Max(1, ShortestPanelSide / longest);
            return Resampling.WithLongestSide(image, Math.Min(wanted, Math.Min(longestSide, LongestPanelSide)));
        }

        return longest > longestSide ? Resampling.WithLongestSide(image, longestSide) : image;
    }

    private static bool IsSheet(IReadOnlyList<OverlayPanel> panels) => panels.Count > 1;

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
        using var bitmap = Render(image, masks, options);
        format.Encode(stream, bitmap, options.Quality, stamp with { MaskCount = masks.Count });
    }

    // One panel: an image without masks stays as it is.
    private static SKBitmap Draw(RgbImage image, MaskSet masks, IReadOnlyList<int> places, MaskOverlayOptions options)
    {
        var bitmap = RgbaBitmap.Of(image);
        if (places.Count == 0)
        {
            return bitmap;
        }

        var areAskedFor = options.AreAskedFor || PromptCandidates.AreAskedFor(masks, PromptCandidates.CountPerPrompt(masks));
        MaskPainter.Paint(RgbaBitmap.Bytes(bitmap), image, masks, places, areAskedFor);
        using var canvas = new SKCanvas(bitmap);
        if (options.ShowPrompts)
        {
            OverlayMarks.DrawPrompts(canvas, masks);
        }

        if (options.ShowNumbers)
        {
            var written = OverlayMarks.DrawNumbers(canvas, masks, places, options.ShowPrompts);
            options.NumbersLeftOut?.Invoke(places.Count - written);
        }

        return bitmap;
    }
}
