namespace MaskGen.ML;

/// <summary>A binary mask as the lengths of its runs in column-major order (down the first column, then the next), beginning with background.</summary>
/// <remarks>Immutable and safe to share between threads. The form is that of COCO's uncompressed run lengths:
/// the first count is 0 when the upper left pixel is set. Source: SAM 2 2b90b9f, sam2/utils/amg.py mask_to_rle_pytorch.</remarks>
public sealed class RunLengthEncoding
{
    private readonly int[] _counts;

    internal RunLengthEncoding(ImageSize size, int[] counts)
    {
        Size = size;
        _counts = counts;
        long area = 0;
        for (var i = 1; i < counts.Length; i += 2)
        {
            area += counts[i];
        }

        Area = area;
    }

    /// <summary>Size of the image that the mask covers.</summary>
    public ImageSize Size { get; }

    /// <summary>Run lengths in pixels, background first, alternating; they add up to <see cref="ImageSize.PixelCount"/>.</summary>
    public ReadOnlySpan<int> Counts => _counts;

    /// <summary>Number of set pixels.</summary>
    public long Area { get; }
}
