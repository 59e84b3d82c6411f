namespace MaskGen.ML.Models;

/// <summary>Brings the files of a model into the cache.</summary>
internal static class HubModelDownload
{
    // Beside the weights; each may be missing.
    private static readonly string[] OptionalFiles = [Sam2ModelFiles.ConfigurationName];

    private static readonly string[] WeightExtensions = [".safetensors", ".pt", ".pth"];

    /// <summary>The folder of a model: from the cache where it is there, otherwise from the hub.</summary>
    public static async Task<Sam2CachedModel> GetAsync(
        HubRepository repository, HubSettings settings, CancellationToken cancellationToken) =>
        new HubCache(settings.CacheFolder).Find(repository)
        ?? await DownloadAsync(repository, settings, cancellationToken).ConfigureAwait(false);

    /// <summary>Asks the hub what the revision stands for now and downloads what is missing of it.</summary>
    /// <exception cref="Sam2DownloadException">It could not be fetched; says why and what to do.</exception>
    public static async Task<Sam2CachedModel> DownloadAsync(
        HubRepository repository, HubSettings settings, CancellationToken cancellationToken)
    {
        var cache = new HubCache(settings.CacheFolder);
        if (settings.Offline)
        {
            return cache.Find(repository) ?? throw new Sam2DownloadException(
                Sam2DownloadFailure.Offline,
                $"{repository.Name}: revision '{repository.Revision}' is not in {settings.CacheFolder}, and HF_HUB_OFFLINE forbids to download it. "
                + $"Unset it, or download with 'maskgen models pull {repository.Name}' where there is a network.");
        }

        using var client = new HubClient(settings);
        var download = new HubFileDownload(settings, client, cache, repository);
        var files = await FindFilesAsync(repository, client, download, cancellationToken).ConfigureAwait(false);

        // The weights last: a snapshot that has them has everything.
        var commit = files[^1].Commit;
        foreach (var file in files)
        {
            await download.EnsureAsync(file, cancellationToken).ConfigureAwait(false);
            Write(settings.CacheFolder, () => cache.AddFile(repository, commit, file.FileName, file.ETag));
        }

        Write(settings.CacheFolder, () => cache.WriteReference(repository, commit));
        return cache.Find(repository with { Revision = commit })
            ?? throw new Sam2DownloadException(
                Sam2DownloadFailure.Cache,
                $"{repository.Name}: its files are gone from {settings.CacheFolder} again. Is something else cleaning the cache?");
    }

    private static async Task<List<HubFile>> FindFilesAsync(
        HubRepository repository, HubClient client, HubFileDownload download, CancellationToken cancellationToken)
    {
        var files = new List<HubFile>();
        var pinned = repository;
        foreach (var name in OptionalFiles)
        {
            await AddAsync(name).ConfigureAwait(false);
        }

        if (!await AddAsync(Sam2ModelFiles.WeightsName).ConfigureAwait(false))
        {
            var listed = await download.RetryAsync(token => client.ListFilesAsync(pinned, token), cancellationToken).ConfigureAwait(false);
            var chosen = ChooseWeights(repository, listed);
            if (!await AddAsync(chosen).ConfigureAwait(false))
            {
                throw new Sam2DownloadException(
                    Sam2DownloadFailure.NotFound, $"{repository.Name}: the hub lists {chosen}, but has no such file. Try again, or choose another revision.");
            }
        }

        return files;

        async Task<bool> AddAsync(string name)
        {
            var file = await download.RetryAsync(token => client.FindAsync(pinned, name, token), cancellationToken).ConfigureAwait(false);
            if (file is null)
            {
                return false;
            }

            // The branch may move on meanwhile: all files come from the commit that the first one was of.
            pinned = pinned with { Revision = file.Commit };
            files.Add(file);
            return true;
        }
    }

    private static string ChooseWeights(HubRepository repository, IReadOnlyList<string> files)
    {
        foreach (var extension in WeightExtensions)
        {
            // Only files at the top, so that a name can never lead anywhere else.
            var fitting = files
                .Where(f => f.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                .Where(f => f.AsSpan().IndexOfAny('/', '\\') < 0 && !f.StartsWith('.'))
                .ToList();
            if (fitting.Count == 1)
            {
                return fitting[0];
            }
        }

        throw new Sam2DownloadException(
            Sam2DownloadFailure.NotFound,
            $"{repository.Name}: expected {Sam2ModelFiles.WeightsName} or one .safetensors or .pt file, "
            + $"found {(files.Count == 0 ? "none" : string.Join(", ", files.Take(20)))}. Download the file that is meant and name its path.");
    }

    private static void Write(string folder, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw HubErrors.FromCache(e, folder, null);
        }
    }
}
