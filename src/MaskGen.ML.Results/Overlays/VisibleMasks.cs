namespace MaskGen.ML.Results;

/// <summary>Which mask is seen where, on a grid of at most 1024 cells along a side, so that the work is bounded whatever the image's
/// size.</summary>
internal sealed class VisibleMasks
{
    /// <summary>The most cells along a side.</summary>
    public const int LongestSide = 1024;

    /// <summary>What a cell has instead of a mask where a mark is drawn over it.</summary>
    public const int Marked = -2;

    private readonly int[] _labels;

    private VisibleMasks(ImageSize size, ImageSize image, int[] labels)
    {
        (Size, Image, _labels) = (size, image, labels);
        Depths = Measure(labels, size);
    }

    /// <summary>Cells across and down.</summary>
    public ImageSize Size { get; }

    /// <summary>Size of the image, in pixels.</summary>
    public ImageSize Image { get; }

    /// <summary>Pixels per cell, at least 1.</summary>
    public double Step => Image.Width >= Image.Height ? Image.Width / (double)Size.Width : Image.Height / (double)Size.Height;

    /// <summary>How deep each cell lies inside what is seen of its mask, row by row: its distance, over shared sides, from the nearest cell
    /// of something else or beyond the image; 1 at the rim.</summary>
    public int[] Depths { get; }

    /// <summary>The mask on top in a cell, -1 for none, <see cref="Marked"/> under a mark.</summary>
    public int this[int x, int y] => _labels[(y * Size.Width) + x];

    /// <summary>Lays masks over each other, small ones on top as in a <see cref="LabelMap"/>.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="places">Which of them.</param>
    /// <param name="marks">What is drawn over them.</param>
    public static VisibleMasks Of(MaskSet masks, IEnumerable<int> places, IReadOnlyList<DrawnMark> marks)
    {
        var image = masks.ImageSize;
        var size = Math.Max(image.Width, image.Height) > LongestSide ? Resampling.WithLongestSide(image, LongestSide) : image;
        var labels = new int[size.PixelCount];
        Array.Fill(labels, -1);
        foreach (var place in LabelMap.BottomToTop(masks).Where(new HashSet<int>(places).Contains))
        {
            foreach (var segment in Resampling.Segments(masks[place].Segmentation, size))
            {
                for (var y = segment.Start; y < segment.End; y++)
                {
                    labels[(y * size.Width) + segment.Column] = place;
                }
            }
        }

        foreach (var mark in marks)
        {
            Cover(labels, size, image, mark);
        }

        return new VisibleMasks(size, image, labels);
    }

    // The square around the mark.
    private static void Cover(int[] labels, ImageSize size, ImageSize image, DrawnMark mark)
    {
        var (left, right) = Cells(mark.X, mark.Radius, image.Width, size.Width);
        var (top, bottom) = Cells(mark.Y, mark.Radius, image.Height, size.Height);
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                labels[(y * size.Width) + x] = Marked;
            }
        }
    }

    private static (int First, int End) Cells(float middle, float radius, int pixels, int cells) => (
        (int)Math.Clamp(Math.Floor((middle - radius) * cells / pixels), 0, cells),
        (int)Math.Clamp(Math.Ceiling((middle + radius) * cells / pixels), 0, cells));

    // Down and to the right, then up and to the left: a cell is one deeper than its shallower neighbour of the same label.
    private static int[] Measure(int[] labels, ImageSize size)
    {
        var depths = new int[labels.Length];
        for (var y = 0; y < size.Height; y++)
        {
            for (var x = 0; x < size.Width; x++)
            {
                var i = (y * size.Width) + x;
                var left = x > 0 && labels[i - 1] == labels[i] ? depths[i - 1] : 0;
                var above = y > 0 && labels[i - size.Width] == labels[i] ? depths[i - size.Width] : 0;
                depths[i] = Math.Min(left, above) + 1;
            }
        }

        for (var y = size.Height - 1; y >= 0; y--)
        {
            for (var x = size.Width - 1; x >= 0; x--)
            {
                var i = (y * size.Width) + x;
                var right = x < size.Width - 1 && labels[i + 1] == labels[i] ? depths[i + 1] : 0;
                var below = y < size.Height - 1 && labels[i + size.Width] == labels[i] ? depths[i + size.Width] : 0;
                depths[i] = Math.Min(depths[i], Math.Min(right, below) + 1);
            }
        }

        return depths;
    }
}

/// <summary>What is drawn over masks, in pixels of the image.</summary>
/// <param name="X">Middle, from the left edge.</param>
/// <param name="Y">Middle, from the upper edge.</param>
/// <param name="Radius">How far it reaches.</param>
internal readonly record struct DrawnMark(float X, float Y, float Radius);
