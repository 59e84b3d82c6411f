using MaskGen.ML.Masks;
using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Paints masks over a copy of their image: the image with its light and little of its colour, each mask as a dark edge, an
/// outline in its colour and a light fill, small masks on top of large ones.</summary>
internal static class MaskPainter
{
    // Under masks the image keeps its light and loses most of its colour, so that the colours of masks are theirs alone.
    private const int GreyPercent = 75;

    // How much of its colour a mask's inside takes; the image stays recognisable underneath. A mask over more of the image takes less, and
    // of everything that was found none over more than a third: it would colour the image, not show an object. What was asked for is
    // always filled: it is the answer, however large.
    private const int FillPercent = 30;
    private const int LightestFillPercent = 10;
    private const int LightestAskedForPercent = 22;
    private const double LargestFullyFilled = 0.1;
    private const double LargestFilled = 1 / 3.0;

    // The dark edge around an outline, which keeps it visible on light and on like-coloured ground.
    private const int EdgePercent = 75;

    // Lines grow with the image: one pixel per this many of its longer side.
    private const double PixelsPerEdgePixel = 900;
    private const double PixelsPerOutlinePixel = 380;

    // Depths are counted up to here.
    private const int MostDepth = byte.MaxValue;

    /// <summary>Width of lines over an image of a size, in pixels, at least 1.</summary>
    public static float LineWidth(ImageSize size) =>
        (float)Math.Max(1, Math.Max(size.Width, size.Height) / PixelsPerOutlinePixel);

    /// <summary>Widths of the dark edge of an outline and of its colour, in pixels of the image.</summary>
    public static (int Edge, int Outline) LineWidths(ImageSize size)
    {
        var longest = Math.Max(size.Width, size.Height);
        return (
            (int)Math.Clamp(Math.Round(longest / PixelsPerEdgePixel), 1, MostDepth / 4),
            (int)Math.Clamp(Math.Round(longest / PixelsPerOutlinePixel), 1, MostDepth / 2));
    }

    /// <summary>How much of its colour the inside of a mask takes, in percent.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="isAskedFor">Whether a prompt asked for it.</param>
    public static int Fill(RunLengthEncoding mask, bool isAskedFor = false)
    {
        var share = mask.Area / (double)mask.Size.PixelCount;
        var lighter = Math.Clamp((share - LargestFullyFilled) / (LargestFilled - LargestFullyFilled), 0, 1);
        var lightest = isAskedFor ? LightestAskedForPercent : LightestFillPercent;
        return share > LargestFilled && !isAskedFor ? 0 : (int)Math.Round(FillPercent + (lighter * (lightest - FillPercent)));
    }

    /// <summary>Paints masks.</summary>
    /// <param name="rgba">Four bytes per pixel, row by row, with the image; masks are painted into it.</param>
    /// <param name="image">The image.</param>
    /// <param name="masks">Masks of that image.</param>
    /// <param name="places">Which of them; the colour of each is that of its place.</param>
    /// <param name="areAskedFor">Whether prompts asked for them.</param>
    public static void Paint(Span<byte> rgba, RgbImage image, MaskSet masks, IReadOnlyCollection<int> places, bool areAskedFor)
    {
        if (places.Count == 0)
        {
            return;
        }

        Desaturate(rgba);
        var depths = new Depths(image.Size);
        foreach (var place in LabelMap.BottomToTop(masks).Where(new HashSet<int>(places).Contains))
        {
            var mask = masks[place].Segmentation;
            Paint(rgba, depths, image, mask, MaskPalette.Color(place), Fill(mask, areAskedFor));
        }
    }

    /// <summary>Paints masks in their colours over nothing; the caller disposes the bitmap.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="places">Which of them.</param>
    public static SKBitmap Alone(MaskSet masks, IReadOnlyCollection<int> places)
    {
        var bitmap = RgbaBitmap.Create(masks.ImageSize, SKAlphaType.Unpremul);
        var rgba = RgbaBitmap.Bytes(bitmap);
        rgba.Clear();
        foreach (var place in LabelMap.BottomToTop(masks).Where(new HashSet<int>(places).Contains))
        {
            var (red, green, blue) = MaskPalette.Color(place);
            foreach (var segment in masks[place].Segmentation.Segments())
            {
                for (var y = segment.Start; y < segment.End; y++)
                {
                    var pixel = rgba.Slice(4 * ((y * masks.ImageSize.Width) + segment.Column), 4);
                    (pixel[0], pixel[1], pixel[2], pixel[3]) = (red, green, blue, byte.MaxValue);
                }
            }
        }

        return bitmap;
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
        Span<byte> rgba, Depths depths, RgbImage image, RunLengthEncoding mask, (byte Red, byte Green, byte Blue) color, int fill)
    {
        var size = image.Size;
        var pixels = image.Pixels;
        var (edge, outline) = LineWidths(size);
        var segments = mask.Segments().ToList();
        depths.Measure(segments);
        foreach (var segment in segments)
        {
            for (var y = segment.Start; y < segment.End; y++)
            {
                // From the outside in: a dark edge, the outline, the fill.
                var pixel = (y * size.Width) + segment.Column;
                var depth = depths.Take(pixel);
                var (red, green, blue) = depth <= edge ? default : color;
                var percent = depth <= edge ? EdgePercent : depth <= edge + outline ? 100 : fill;
                var under = pixels.Slice(3 * pixel, 3);
                var grey = Grey(under[0], under[1], under[2]);
                var over = rgba.Slice(4 * pixel, 3);
                over[0] = Blend(Blend(under[0], grey, GreyPercent), red, percent);
                over[1] = Blend(Blend(under[1], grey, GreyPercent), green, percent);
                over[2] = Blend(Blend(under[2], grey, GreyPercent), blue, percent);
            }
        }
    }

    private static byte Blend(byte under, byte over, int percent) => (byte)(((under * (100 - percent)) + (over * percent) + 50) / 100);

    /// <summary>How far each pixel of a mask is from the nearest one outside, along its row or its column; one mask at a time. The image's
    /// edge is no outside.</summary>
    private sealed class Depths(ImageSize size)
    {
        private readonly byte[] _depths = new byte[size.PixelCount];
        private readonly int[] _lastColumns = new int[size.Height];
        private readonly byte[] _runs = new byte[size.Height];

        /// <summary>Measures a mask; the depths of the one before have been taken.</summary>
        public void Measure(List<ColumnSegment> segments)
        {
            Array.Fill(_lastColumns, -1);
            Array.Fill(_runs, byte.MaxValue);
            foreach (var segment in segments)
            {
                for (var y = segment.Start; y < segment.End; y++)
                {
                    var up = segment.Start == 0 ? MostDepth : y - segment.Start + 1;
                    var down = segment.End == size.Height ? MostDepth : segment.End - y;
                    _depths[(y * size.Width) + segment.Column] =
                        (byte)Math.Min(Math.Min(up, down), Run(y, segment.Column, segment.Column - 1));
                }
            }

            Array.Fill(_lastColumns, size.Width);
            Array.Fill(_runs, byte.MaxValue);
            for (var i = segments.Count - 1; i >= 0; i--)
            {
                for (var y = segments[i].Start; y < segments[i].End; y++)
                {
                    ref var depth = ref _depths[(y * size.Width) + segments[i].Column];
                    depth = Math.Min(depth, Run(y, segments[i].Column, segments[i].Column + 1));
                }
            }
        }

        /// <summary>The depth of a pixel of the mask, from 1 to 255, which is forgotten.</summary>
        public byte Take(int pixel)
        {
            var depth = _depths[pixel];
            _depths[pixel] = 0;
            return depth;
        }

        // How many pixels of the row have followed each other up to this one; without end if they began at the image's edge.
        private byte Run(int row, int column, int before)
        {
            var run = _lastColumns[row] == before ? Math.Min(MostDepth, _runs[row] + (_runs[row] == MostDepth ? 0 : 1)) : 1;
            _lastColumns[row] = column;
            return _runs[row] = (byte)run;
        }
    }
}
