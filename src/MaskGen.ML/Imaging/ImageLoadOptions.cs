namespace MaskGen.ML;

/// <summary>How images are read, and limits on them.</summary>
/// <remarks>
/// <para>Reading takes memory by the size of the image as stored. Bytes per pixel while reading, of which 3 remain:</para>
/// <list type="table">
/// <listheader><term>Format</term><description>Bytes per pixel</description></listheader>
/// <item><term>JPEG (baseline), BMP</term><description>3</description></item>
/// <item><term>TIFF</term><description>3, and a row of tiles or a packed strip as stored</description></item>
/// <item><term>PNG, GIF, lossy WebP</term><description>4</description></item>
/// <item><term>progressive JPEG</term><description>6 with halved colours (4:2:0), 9 without, 11 with four channels</description></item>
/// <item><term>lossless WebP</term><description>8</description></item>
/// <item><term>interlaced PNG</term><description>5 to 12: 4, and those of a pixel as stored</description></item>
/// </list>
/// <para>Up to 3 more where a PNG, GIF or WebP is turned by a quarter, or a frame of an animated WebP is smaller than the whole. A WebP
/// file is held in memory, and so is any file from a stream that cannot be positioned, or that is read asynchronously. So the default
/// limit keeps reading within 1.2 GB,
/// and within 0.4 GB for the usual formats. A file may have 8 bytes for each pixel of the limit and 64 MiB besides; a TIFF that can be
/// positioned any number, since only the page that was asked for is read.</para>
/// </remarks>
public sealed record ImageLoadOptions
{
    // 16 bits in each of four channels, the most that any of the formats stores, without any packing; and room for what is no pixel.
    private const int MostBytesPerPixel = 8;
    private const long MostOtherBytes = 64 << 20;

    /// <summary>The limit that applies unless another is asked for: 100 megapixels.</summary>
    public static long DefaultMaximumPixels => 100_000_000;

    /// <summary>Width times height that an image may have at most, 1 to 715,827,863 (three bytes per pixel in one array). Larger images are
    /// refused before memory is allocated for them: a file of 35 bytes can claim to be 65,535 x 65,535.</summary>
    public long MaximumPixels { get; init; } = DefaultMaximumPixels;

    /// <summary>Which values of images of more than 8 bits a channel become black and white. <see cref="ImageRange.Full"/> by
    /// default.</summary>
    public ImageRange Range { get; init; } = ImageRange.Full;

    /// <summary>Which image of a TIFF file is read, from 1; smaller versions of an image and masks of one do not count. Every other format
    /// has one page. <see cref="RgbImage.CountPages"/> says how many there are.</summary>
    public int Page { get; init; } = 1;

    /// <summary>What raises the limit where the caller is: the name of an option.</summary>
    internal string NameOfLimit { get; init; } = $"{nameof(ImageLoadOptions)}.{nameof(MaximumPixels)}";

    /// <summary>What to do about an image that has too many pixels, but for raising the limit: a sentence without its end.</summary>
    internal string WayOut { get; init; } = "Make the image smaller";

    internal static ImageLoadOptions Default { get; } = new();

    /// <summary>Bytes that a file may have at most.</summary>
    internal long MaximumBytes => (MostBytesPerPixel * MaximumPixels) + MostOtherBytes;

    /// <summary>Throws where an option is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="MaximumPixels"/> or <see cref="Page"/> is out of its range; the message
    /// says which.</exception>
    /// <exception cref="ArgumentNullException"><see cref="Range"/> is null.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(Range);
        ArgumentOutOfRangeException.ThrowIfLessThan(Page, 1);
        if (MaximumPixels < 1 || MaximumPixels > Array.MaxLength / 3)
        {
            throw new ArgumentOutOfRangeException(nameof(MaximumPixels), MaximumPixels, $"Expected 1 to {Array.MaxLength / 3} pixels.");
        }
    }

    /// <summary>Throws where an image has more pixels than these options allow, or none.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="source">What to call it in the message: a file, or a row of a data view.</param>
    /// <exception cref="InvalidDataException">It has.</exception>
    internal void ThrowIfTooLarge(ImageSize size, string source)
    {
        if (size.Width < 1 || size.Height < 1)
        {
            throw new InvalidDataException($"{source}: expected an image of 1 pixel at least, found {size}.");
        }

        if (size.PixelCount > MaximumPixels)
        {
            throw new InvalidDataException(
                $"{source}: expected at most {MaximumPixels} pixels, found {size} = {size.PixelCount}. {WayOut}, or"
                + $" raise {NameOfLimit} to {size.PixelCount} where that many are meant.");
        }
    }
}
