namespace MaskGen.ML;

/// <summary>How image files are read.</summary>
public sealed record ImageLoadOptions
{
    /// <summary>The limit that applies unless another is asked for: 100 megapixels.</summary>
    public static long DefaultMaximumPixels => 100_000_000;

    /// <summary>Width times height that an image may have at most, 1 to 715,827,882 (three bytes per pixel in one array). Larger images are refused
    /// before memory is allocated for them: a file of 35 bytes can claim to be 65,535 x 65,535.</summary>
    public long MaximumPixels { get; init; } = DefaultMaximumPixels;

    internal static ImageLoadOptions Default { get; } = new();

    /// <summary>Throws where an option is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="MaximumPixels"/> is out of its range; the message says which.</exception>
    public void Validate()
    {
        if (MaximumPixels is < 1 or > int.MaxValue / 3)
        {
            throw new ArgumentOutOfRangeException(nameof(MaximumPixels), MaximumPixels, $"Expected 1 to {int.MaxValue / 3} pixels.");
        }
    }
}
