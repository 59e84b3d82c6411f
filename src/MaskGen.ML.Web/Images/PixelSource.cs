namespace MaskGen.ML.Web;

/// <summary>Decodes images, one at a time: however many large ones are asked for, no more than one takes its memory.</summary>
/// <param name="limits">Which images are read.</param>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class PixelSource(ImageLoadOptions limits)
{
    // What is larger is kept only as long as somebody uses it.
    private const long SmallPixels = 16_000_000;

    private readonly WorkGate _gate = new(1);
    private readonly Lock _lock = new();
    private (string Id, FileVersion Version, WeakReference<RgbImage> Image, RgbImage? Kept)? _last;

    /// <summary>An image.</summary>
    /// <param name="image">Which.</param>
    /// <param name="isUrgent">Whether somebody waits for it, rather than for a thumbnail or nothing yet.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no image, damaged, or too large.</exception>
    public async Task<RgbImage> GetAsync(ServedImage image, bool isUrgent, CancellationToken cancellationToken)
    {
        var file = image.File();
        var version = FileVersion.Of(file);
        if (Last(image, version) is { } before)
        {
            return before;
        }

        using var pass = await _gate.EnterAsync(isUrgent, cancellationToken).ConfigureAwait(false);

        // Somebody else may have asked for the same.
        if (Last(image, version) is { } last)
        {
            return last;
        }

        var pixels = await Task.Run(() => RgbImage.Load(file, limits), cancellationToken).ConfigureAwait(false);
        var kept = pixels.Size.PixelCount <= SmallPixels ? pixels : null;
        lock (_lock)
        {
            _last = (image.Id, version, new WeakReference<RgbImage>(pixels), kept);
        }

        return pixels;
    }

    private RgbImage? Last(ServedImage image, FileVersion version)
    {
        lock (_lock)
        {
            return _last is { } last && last.Id == image.Id && last.Version == version && last.Image.TryGetTarget(out var pixels)
                ? pixels
                : null;
        }
    }
}
