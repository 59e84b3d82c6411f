using System.Diagnostics.CodeAnalysis;
using MaskGen.ML.Inference;
using Microsoft.Extensions.Logging;

namespace MaskGen.ML.Web;

/// <summary>Embeddings by the hash of their image's file: in memory up to a number of bytes, those used least recently going first, and
/// on disk where that is wanted.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class EmbeddingCache : IDisposable
{
    private readonly ByteLimitedCache<string, EncodedImage> _memory;
    private readonly EmbeddingFolder? _disk;
    private readonly WebMeter _meter;
    private readonly ILogger<EmbeddingCache> _logger;

    public EmbeddingCache(MaskGenWebOptions options, WebMeter meter, ILogger<EmbeddingCache> logger)
    {
        (_meter, _logger) = (meter, logger);
        _memory = new ByteLimitedCache<string, EncodedImage>(options.EmbeddingBytes);
        _disk = options.CacheFolder is { } folder ? new EmbeddingFolder(folder, options.CacheBytes, options.Range) : null;
        meter.Watch(() => _memory.Bytes);
    }

    /// <summary>What is in memory; null where nothing is. Counts as used, but not as a hit.</summary>
    public EncodedImage? Peek(string sha256) => _memory.TryGet(sha256, out var found) ? found : null;

    /// <summary>What is in memory, counted as a hit.</summary>
    public bool TryGet(string sha256, [NotNullWhen(true)] out EncodedImage? image)
    {
        image = Peek(sha256);
        if (image is null)
        {
            return false;
        }

        CountHit();
        return true;
    }

    /// <summary>What is on disk, which is in memory from now on and counted as a hit; null where nothing is.</summary>
    /// <param name="sha256">Hash of the image's file.</param>
    /// <param name="fingerprint">What encodes it.</param>
    public EncodedImage? Load(string sha256, string fingerprint)
    {
        if (_disk?.TryLoad(sha256, fingerprint) is not { } kept)
        {
            return null;
        }

        Add(sha256, kept);
        CountHit();
        return kept;
    }

    /// <summary>Keeps an embedding in memory.</summary>
    public void Add(string sha256, EncodedImage embedding) => _memory.Set(sha256, embedding, EmbeddingFolder.BytesOf(embedding));

    /// <summary>Writes an embedding to disk where that is wanted, while others go on: nobody waits for the disk.</summary>
    public void Save(ServedImage image, string sha256, EncodedImage embedding)
    {
        if (_disk is not { } disk)
        {
            return;
        }

        _ = Task.Run(() =>
        {
            try
            {
                if (!disk.TrySave(sha256, embedding))
                {
                    _logger.NotKept(image.Name, "the cache is full of embeddings of this run");
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _logger.NotKept(image.Name, e.Message);
            }
        });
    }

    /// <summary>Tells the metrics that an embedding was there.</summary>
    public void CountHit() => _meter.CacheHits.Add(1);

    public void Dispose() => _memory.Clear();
}
