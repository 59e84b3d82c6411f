using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web;

/// <summary>Encodes images that the <see cref="EmbeddingCache"/> does not have. The encoder works on one at a time.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class CachedImageEncoder(
    ImageCatalog catalog,
    PixelSource pixels,
    ServedModel model,
    EmbeddingCache cache,
    WebMeter meter,
    ILogger<CachedImageEncoder> logger)
{
    // Images that other programs send come beside those of the catalog.
    private readonly WorkGate _gate = new(1);

    /// <summary>The embedding of an image of the catalog.</summary>
    /// <param name="image">The image.</param>
    /// <param name="isUrgent">Whether somebody waits for it, so that its pixels are decoded before others.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The embedding, and where it came from: <c>memory</c>, <c>disk</c> or <c>model</c>.</returns>
    public async Task<(EncodedImage Image, string From)> EncodeAsync(
        ServedImage image, bool isUrgent, CancellationToken cancellationToken)
    {
        var sha256 = image.Sha256();
        if (cache.TryGet(sha256, out var known))
        {
            return (known, "memory");
        }

        var loaded = await model.GetAsync(cancellationToken).ConfigureAwait(false);
        if (cache.Load(sha256, loaded.Fingerprint) is { } kept)
        {
            // The size comes with the header, and decides frames.
            image.Size(catalog.Limits);
            return (kept, "disk");
        }

        image.Size(catalog.Limits);
        var decoded = await pixels.GetAsync(image, isUrgent, cancellationToken).ConfigureAwait(false);
        using var pass = await _gate.EnterAsync(isHigh: true, cancellationToken).ConfigureAwait(false);
        var watch = Stopwatch.StartNew();
        var embedding = loaded.Encoder.Encode(decoded, cancellationToken);
        meter.EncodeTime.Record(watch.Elapsed.TotalMilliseconds);
        logger.Encoded(image.Name, watch.Elapsed.TotalMilliseconds);
        cache.Add(sha256, embedding);
        cache.Save(image, sha256, embedding);
        return (embedding, "model");
    }

    /// <summary>The embedding of an image that is not of the catalog.</summary>
    /// <param name="sha256">Hash of its file.</param>
    /// <param name="load">Decodes it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<EncodedImage> EncodeAsync(string sha256, Func<RgbImage> load, CancellationToken cancellationToken)
    {
        if (cache.TryGet(sha256, out var known))
        {
            return known;
        }

        var loaded = await model.GetAsync(cancellationToken).ConfigureAwait(false);
        using var pass = await _gate.EnterAsync(isHigh: true, cancellationToken).ConfigureAwait(false);
        if (cache.Peek(sha256) is { } since)
        {
            return since;
        }

        var embedding = await Task.Run(() => loaded.Encoder.Encode(load(), cancellationToken), cancellationToken).ConfigureAwait(false);
        cache.Add(sha256, embedding);
        return embedding;
    }
}
