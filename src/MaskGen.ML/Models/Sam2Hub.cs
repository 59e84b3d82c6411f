using MaskGen.ML.Models;

namespace MaskGen.ML;

/// <summary>The Hugging Face hub and its cache on disk, which is shared with Python's <c>huggingface_hub</c>.</summary>
/// <remarks>Safe for concurrent use, also by several processes: one downloads a file, the others wait for it.</remarks>
public static class Sam2Hub
{
    /// <summary>Downloads a model into the cache, or brings it up to date: asks the hub what the revision stands for now and downloads what
    /// is missing or has another length than the hub's (with <see cref="Sam2DownloadOptions.VerifyHashes"/>, another content). Besides the
    /// weights, all shards of them included, these are <c>config.json</c> and <c>maskgen.json</c>.</summary>
    /// <param name="name">Repository with a SAM 2, such as <c>facebook/sam2-hiera-tiny</c> (see
    /// <see cref="Sam2OfficialModel.All"/>, where <c>facebook/</c> may be left out).</param>
    /// <param name="revision">Branch, tag or commit; null for the main branch.</param>
    /// <param name="options">Cache, endpoint and token; null takes the environment's.</param>
    /// <param name="progress">Progress callback, invoked by the download, never twice at the same time; null for none. It is also told
    /// why a download waits or is tried again (<see cref="Sam2DownloadProgress.Message"/>). An exception that it throws ends the download
    /// and reaches the caller.</param>
    /// <param name="cancellationToken">Stops the download; what has arrived is kept, and the next download resumes there.</param>
    /// <returns>Where the files are.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> or <paramref name="revision"/> is not a valid name of a repository or
    /// revision, or the hub's address, the token or the cache folder is not valid.</exception>
    /// <exception cref="Sam2DownloadException">It could not be downloaded; says why and what to do.</exception>
    /// <exception cref="CheckpointFormatException">The index of its shards is not valid.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; takes effect within a second, whatever the download waits
    /// for.</exception>
    public static Task<Sam2CachedModel> DownloadAsync(
        string name,
        string? revision = null,
        Sam2DownloadOptions? options = null,
        IProgress<Sam2DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        DownloadAsync(name, precision: null, revision, options, progress, cancellationToken);

    /// <summary>The same for a model in ONNX.</summary>
    /// <param name="name">Repository.</param>
    /// <param name="precision">Which of its precisions; null for a checkpoint, or float32 where there is none.</param>
    /// <param name="revision">Branch, tag or commit; null for the main branch.</param>
    /// <param name="options">Cache, endpoint and token; null takes the environment's.</param>
    /// <param name="progress">As there.</param>
    /// <param name="cancellationToken">Stops the download.</param>
    internal static Task<Sam2CachedModel> DownloadAsync(
        string name,
        Sam2OnnxPrecision? precision,
        string? revision,
        Sam2DownloadOptions? options,
        IProgress<Sam2DownloadProgress>? progress,
        CancellationToken cancellationToken)
    {
        var repository = new HubRepository(name, revision) { Precision = precision };
        var settings = HubSettings.Create(options, Environment.GetEnvironmentVariable) with { Progress = progress };
        return RunAsync();

        async Task<Sam2CachedModel> RunAsync() =>
            (await HubModelDownload.DownloadAsync(repository, settings, cancellationToken).ConfigureAwait(false)).ToModel();
    }

    /// <summary>Looks for a model in the cache; no network is used.</summary>
    /// <param name="name">Repository.</param>
    /// <param name="revision">Branch, tag or commit; null for the main branch.</param>
    /// <param name="options">Says where the cache is; null takes the environment's.</param>
    /// <returns>Where the files are, or null when the weights are not there or a file is known to be truncated.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> or <paramref name="revision"/> is not a valid name of a repository or
    /// revision, or the hub's address, the token or the cache folder is not valid.</exception>
    public static Sam2CachedModel? FindCached(string name, string? revision = null, Sam2DownloadOptions? options = null) =>
        new HubCache(HubSettings.Create(options, Environment.GetEnvironmentVariable).CacheFolder).Find(new HubRepository(name, revision));

    /// <summary>Every SAM 2 in the cache, of every commit, none of whose files is known to be truncated; no network is used.</summary>
    /// <param name="options">Says where the cache is; null takes the environment's.</param>
    /// <exception cref="ArgumentException">The hub's address, the token or the cache folder is not valid.</exception>
    public static IReadOnlyList<Sam2CachedModel> ListCached(Sam2DownloadOptions? options = null) =>
        [.. new HubCache(HubSettings.Create(options, Environment.GetEnvironmentVariable).CacheFolder).All()];
}
