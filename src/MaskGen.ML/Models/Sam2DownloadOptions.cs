namespace MaskGen.ML;

/// <summary>How models are fetched from a Hugging Face hub. What is not set here comes from the environment variables that Python's
/// <c>huggingface_hub</c> reads, so that both worlds share one cache.</summary>
public sealed record Sam2DownloadOptions
{
    /// <summary>Folder of the cache; null takes <c>HF_HUB_CACHE</c>, else <c>HF_HOME/hub</c>, else
    /// <c>~/.cache/huggingface/hub</c>.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Address of the hub; null takes <c>HF_ENDPOINT</c>, else <c>https://huggingface.co</c>.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Access token for private or gated models; null takes <c>HF_TOKEN</c>, else the one of a login with Python's tool
    /// (<c>HF_HOME/token</c>), else none. It is sent to the hub alone, never to where the hub redirects.</summary>
    public string? Token { get; init; }

    /// <summary>Whether to use the cache only; null takes <c>HF_HUB_OFFLINE</c>.</summary>
    public bool? Offline { get; init; }

    /// <summary>Stops a download that a stage or a model has begun; what has arrived is kept. <see cref="Sam2Hub.DownloadAsync"/> has a
    /// token of its own.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Is told how a download goes on, from the thread that downloads; null for nobody.</summary>
    public IProgress<Sam2DownloadProgress>? Progress { get; init; }
}
