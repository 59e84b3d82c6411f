using MaskGen.ML.Results;
using SkiaSharp;

namespace MaskGen.ML.Web;

/// <summary>The images as a page shows them: upright JPEG files, no larger than a page paints.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class PaintImages(PixelSource pixels)
{
    /// <summary>The longer side of what is painted, at most.</summary>
    public const int Side = 2048;

    /// <summary>The shorter limit of what can be asked for.</summary>
    public const int LeastSide = 16;

    // What is smaller is a thumbnail, which nobody waits for.
    private const int UrgentSide = 512;

    private const int Quality = 90;
    private const long MostBytes = 128 << 20;

    private readonly ByteLimitedCache<(string, FileVersion, int), byte[]> _files = new(MostBytes);

    /// <summary>Size at which an image is painted.</summary>
    public static ImageSize SizeOf(ImageSize image, int longestSide = Side) =>
        Math.Max(image.Width, image.Height) <= longestSide ? image : Resampling.WithLongestSide(image, longestSide);

    /// <summary>The bytes of a JPEG file.</summary>
    /// <param name="image">The image.</param>
    /// <param name="longestSide">Most pixels of the longer side.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<byte[]> GetAsync(ServedImage image, int longestSide, CancellationToken cancellationToken)
    {
        var key = (image.Id, FileVersion.Of(image.File()), longestSide);
        if (_files.TryGet(key, out var before))
        {
            return before;
        }

        var whole = await pixels.GetAsync(image, longestSide >= UrgentSide, cancellationToken).ConfigureAwait(false);
        var file = await Task.Run(() => Encode(Resampling.Of(whole, SizeOf(whole.Size, longestSide))), cancellationToken)
            .ConfigureAwait(false);
        _files.Set(key, file, file.Length);
        return file;
    }

    private static byte[] Encode(RgbImage image)
    {
        using var bitmap = RgbaBitmap.Of(image);
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, Quality)
            ?? throw new IOException($"An image of {image.Size} pixels cannot be encoded as JPEG.");
        return data.ToArray();
    }
}
