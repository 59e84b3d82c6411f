using MaskGen.ML.Models;

namespace MaskGen.ML;

/// <summary>The Hugging Face hub and its cache on disk, which is shared with Python's <c>huggingface_hub</c>.</summary>
/// <remarks>Safe for concurrent use, also by several processes: one downloads a file, the others wait for it.</remarks>
public static class Sam2Hub
{
    /// <summary>Downloads a model into the cache, or brings it up to date: asks the hub what the revision stands for now and fetches what
    /// is missing.</summary>
    /// <param name="name">Repository with a SAM 2, such as <c>facebook/sam2-hiera-tiny</c> (see
    /// <see cref="Sam2OfficialModel.All"/>, where <c>facebook/</c> may be left out).</param>
    /// <param name="revision">Branch, tag or commit; null for the main branch.</param>
    /// <param name="options">Cache, endpoint, token and progress; null takes the environment's.</param>
    /// <param name="cancellationToken">Stops the download; what has arrived is kept, and the next one goes on from there.</param>
    /// <returns>Where the files are.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> or <paramref name="revision"/> is no name that a hub gives.</exception>
    /// <exception cref="Sam2DownloadException">It could not be fetched; says why and what to do.</exception>
    public static Task<Sam2CachedModel> DownloadAsync(
        string name, string? revision = null, Sam2DownloadOptions? options = null, CancellationToken cancellationToken = default) =>
        HubModelDownload.DownloadAsync(
            new HubRepository(name, revision), HubSettings.Create(options, Environment.GetEnvironmentVariable), cancellationToken);

    /// <summary>Looks for a model in the cache; no network is used.</summary>
    /// <param name="name">Repository.</param>
    /// <param name="revision">Branch, tag or commit; null for the main branch.</param>
    /// <param name="options">Says where the cache is; null takes the environment's.</param>
    /// <returns>Where the files are, or null when the weights are not there.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> or <paramref name="revision"/> is no name that a hub gives.</exception>
    public static Sam2CachedModel? FindCached(string name, string? revision = null, Sam2DownloadOptions? options = null) =>
        new HubCache(HubSettings.Create(options, Environment.GetEnvironmentVariable).CacheFolder).Find(new HubRepository(name, revision));

    /// <summary>Every SAM 2 in the cache, of every commit; no network is used.</summary>
    /// <param name="options">Says where the cache is; null takes the environment's.</param>
    public static IReadOnlyList<Sam2CachedModel> ListCached(Sam2DownloadOptions? options = null) =>
        [.. new HubCache(HubSettings.Create(options, Environment.GetEnvironmentVariable).CacheFolder).All()];
}
