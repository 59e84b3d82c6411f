namespace MaskGen.ML.Imaging;

/// <summary>A smaller version of an image, made from its rows as they come: each pixel is the mean of a square of them.</summary>
internal sealed class ImageOverview
{
    private readonly ImageSize _stored;
    private readonly int _orientation;
    private readonly UprightPixels _pixels;
    private readonly ImageSize _small;
    private readonly int[] _sums;
    private int _next;

    /// <param name="stored">Size of the image as stored.</param>
    /// <param name="orientation">See <see cref="ExifOrientation"/>.</param>
    /// <param name="longestSide">The most pixels that a side of the smaller version may have.</param>
    public ImageOverview(ImageSize stored, int orientation, int longestSide)
    {
        (_stored, _orientation) = (stored, orientation);
        var longest = Math.Max(stored.Width, stored.Height);
        Factor = (int)((longest + (long)longestSide - 1) / longestSide);
        _small = new ImageSize((stored.Width + Factor - 1) / Factor, (stored.Height + Factor - 1) / Factor);
        _pixels = new UprightPixels(_small, _orientation);
        _sums = new int[3 * _small.Width];
    }

    /// <summary>The side of the squares; those at the right and lower edge may be cut.</summary>
    public int Factor { get; }

    /// <summary>Takes the next row as stored.</summary>
    /// <param name="rgb">Three bytes per pixel.</param>
    public void Add(ReadOnlySpan<byte> rgb)
    {
        for (int x = 0, source = 0; x < _stored.Width; x++, source += 3)
        {
            var target = 3 * (x / Factor);
            _sums[target] += rgb[source];
            _sums[target + 1] += rgb[source + 1];
            _sums[target + 2] += rgb[source + 2];
        }

        _next++;
        if (_next % Factor == 0 || _next == _stored.Height)
        {
            Finish();
        }
    }

    /// <summary>The smaller version, upright, once all rows have come.</summary>
    public RgbImage ToImage() => _pixels.ToImage();

    private void Finish()
    {
        var y = (_next - 1) / Factor;
        var rows = _next - (y * Factor);
        var rgba = new byte[4 * _small.Width];
        for (var x = 0; x < _small.Width; x++)
        {
            var count = rows * Math.Min(Factor, _stored.Width - (x * Factor));
            for (var color = 0; color < 3; color++)
            {
                rgba[(4 * x) + color] = (byte)((_sums[(3 * x) + color] + (count / 2)) / count);
            }
        }

        _pixels.Put(y, rgba);
        Array.Clear(_sums);
    }
}
