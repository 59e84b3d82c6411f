namespace MaskGen.ML.Models;

/// <summary>Brings the files of a model into the cache.</summary>
internal sealed class HubModelDownload : IDisposable
{
    // For a question that the cache can do without.
    private static readonly TimeSpan QuestionTimeout = TimeSpan.FromSeconds(5);

    private readonly HubRepository _repository;
    private readonly HubSettings _settings;
    private readonly HubCache _cache;
    private readonly HubReporter _reporter;
    private readonly HubClient _client;
    private readonly HubCacheWriter _writer;
    private readonly HubFileDownload _download;
    private readonly HubFileSearch _search;

    private HubModelDownload(HubRepository repository, HubSettings settings)
    {
        _repository = repository;
        _settings = settings;
        _cache = new HubCache(settings.CacheFolder);
        _reporter = new HubReporter(settings);
        _client = new HubClient(settings, _reporter);
        var retry = new HubRetry(settings, repository, _reporter);
        _writer = new HubCacheWriter(settings, _cache, repository, _reporter);
        var transfer = new HubTransfer(settings, _client, retry, repository, _reporter);
        _download = new HubFileDownload(settings, _cache, _writer, transfer, repository, _reporter);
        _search = new HubFileSearch(repository, settings, _client, retry, _download);
    }

    /// <summary>The files of a model: from the cache where they are there and whole, otherwise from the hub.</summary>
    /// <exception cref="Sam2DownloadException">It could not be downloaded; says why and what to do.</exception>
    /// <exception cref="CheckpointFormatException">The index of its shards is not valid.</exception>
    public static Task<HubSnapshot> GetAsync(HubRepository repository, HubSettings settings, CancellationToken cancellationToken) =>
        WithoutSecretsAsync(settings, async () =>
        {
            var cache = new HubCache(settings.CacheFolder);
            if (cache.FindSnapshot(repository) is not { } snapshot)
            {
                return await DownloadCoreAsync(repository, settings, cancellationToken).ConfigureAwait(false);
            }

            if (settings.OfflineBecauseOf is null && !cache.IsDecided(repository, snapshot)
                && await HasCheckpointAsync(repository, snapshot, settings, cancellationToken).ConfigureAwait(false))
            {
                var pinned = repository with { Revision = snapshot.Commit };
                return await DownloadCoreAsync(pinned, settings, cancellationToken).ConfigureAwait(false);
            }

            var defect = snapshot.FindDefect();
            if (defect is null && settings.VerifyHashes)
            {
                defect = await snapshot.FindWrongHashAsync(cancellationToken).ConfigureAwait(false);
            }

            return defect is null
                ? await AddOptionalFilesAsync(repository, snapshot, settings, cancellationToken).ConfigureAwait(false)
                : await RepairAsync(repository, snapshot, defect, settings, cancellationToken).ConfigureAwait(false);
        });

    /// <summary>Asks the hub what the revision stands for now and downloads what is missing or damaged of it.</summary>
    /// <exception cref="Sam2DownloadException">It could not be downloaded; says why and what to do.</exception>
    /// <exception cref="CheckpointFormatException">The index of its shards is not valid.</exception>
    public static Task<HubSnapshot> DownloadAsync(HubRepository repository, HubSettings settings, CancellationToken cancellationToken) =>
        WithoutSecretsAsync(settings, () => DownloadCoreAsync(repository, settings, cancellationToken));

    /// <summary>Compares every file of a model in the cache with the hash that it is named by, and downloads it again where something is
    /// damaged.</summary>
    /// <returns>False where everything is as the hub has it.</returns>
    /// <exception cref="Sam2DownloadException">A file is damaged and could not be downloaded again.</exception>
    public static Task<bool> RepairAsync(HubRepository repository, HubSettings settings, CancellationToken cancellationToken) =>
        WithoutSecretsAsync(settings, async () =>
        {
            if (new HubCache(settings.CacheFolder).FindSnapshot(repository) is not { } snapshot
                || await snapshot.FindWrongHashAsync(cancellationToken).ConfigureAwait(false) is not { } defect)
            {
                return false;
            }

            await RepairAsync(repository, snapshot, defect, settings, cancellationToken).ConfigureAwait(false);
            return true;
        });

    public void Dispose() => _client.Dispose();

    private static async Task<T> WithoutSecretsAsync<T>(HubSettings settings, Func<Task<T>> run)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (Sam2DownloadException e) when (settings.Secrets.Redact(e) is var clean && !ReferenceEquals(clean, e))
        {
            throw clean;
        }
    }

    private static async Task<HubSnapshot> DownloadCoreAsync(
        HubRepository repository, HubSettings settings, CancellationToken cancellationToken)
    {
        if (settings.OfflineBecauseOf is not null)
        {
            var snapshot = new HubCache(settings.CacheFolder).FindSnapshot(repository) ?? throw HubErrors.Offline(repository, settings);
            var defect = snapshot.FindDefect()
                ?? (settings.VerifyHashes ? await snapshot.FindWrongHashAsync(cancellationToken).ConfigureAwait(false) : null);
            return defect is null ? snapshot : throw HubErrors.Damaged(repository, defect, settings, null);
        }

        using var download = new HubModelDownload(repository, settings);
        return await download.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    // The same commit again: what a branch stands for by now is another question.
    private static async Task<HubSnapshot> RepairAsync(
        HubRepository repository, HubSnapshot snapshot, HubDefect defect, HubSettings settings, CancellationToken cancellationToken)
    {
        if (settings.OfflineBecauseOf is not null)
        {
            throw HubErrors.Damaged(repository, defect, settings, null);
        }

        new HubReporter(settings).Say(
            Path.GetFileName(defect.Path), $"the file in the cache is damaged ({defect.Problem}); downloading it again");
        try
        {
            var pinned = repository with { Revision = snapshot.Commit };
            var repaired = await DownloadCoreAsync(
                pinned, settings with { VerifyHashes = true }, cancellationToken).ConfigureAwait(false);

            // The hub may not have the file at all.
            return repaired.FindDefect() is { } left ? throw HubErrors.Damaged(repository, left, settings, null) : repaired;
        }
        catch (Sam2DownloadException e) when (e.Failure
            is not (Sam2DownloadFailure.DiskFull or Sam2DownloadFailure.Cache or Sam2DownloadFailure.WrongContent))
        {
            throw HubErrors.Damaged(repository, defect, settings, e);
        }
    }

    // A precision that somebody asked for by name may be in the cache where the repository itself means a checkpoint. Asked once.
    private static async Task<bool> HasCheckpointAsync(
        HubRepository repository, HubSnapshot snapshot, HubSettings settings, CancellationToken cancellationToken)
    {
        var pinned = repository with { Revision = snapshot.Commit };
        using var question = new HubModelDownload(pinned, Quick(settings));
        try
        {
            if (HubWeights.Choose(await question._search.ListAsync(pinned, cancellationToken).ConfigureAwait(false)) is not null)
            {
                return true;
            }
        }
        catch (Sam2DownloadException e)
        {
            question._reporter.Say(
                snapshot.WeightsName,
                $"taken from the cache; whether the hub has a checkpoint, which would come first, could not be asked: {e.Message}");
            return false;
        }

        await question._writer.MarkMissingAsync(snapshot.Commit, HubCache.AnyCheckpoint, cancellationToken).ConfigureAwait(false);
        return false;
    }

    private static HubSettings Quick(HubSettings settings) =>
        settings with { RetryCount = 0, StallTimeout = QuestionTimeout, ConnectTimeout = QuestionTimeout };

    // Python's tools put only those files into the cache that somebody asked for. Whether a repository has more is asked once.
    private static async Task<HubSnapshot> AddOptionalFilesAsync(
        HubRepository repository, HubSnapshot snapshot, HubSettings settings, CancellationToken cancellationToken)
    {
        var cache = new HubCache(settings.CacheFolder);
        var unknown = HubCache.OptionalFiles
            .Where(name => !snapshot.Has(name) && !File.Exists(cache.MissingPath(repository, snapshot.Commit, name)))
            .Where(name => name != Sam2ModelMetadata.FileName || Sam2OfficialModel.Find(repository.Name) is null)
            .ToList();
        if (unknown.Count == 0 || settings.OfflineBecauseOf is not null)
        {
            return snapshot;
        }

        var pinned = repository with { Revision = snapshot.Commit };
        using var question = new HubModelDownload(pinned, Quick(settings));
        var found = new List<HubFile>();
        foreach (var name in unknown)
        {
            try
            {
                await question._search.FindAsync(pinned, name, found, cancellationToken).ConfigureAwait(false);
            }
            catch (Sam2DownloadException e)
            {
                question._reporter.Say(name, $"not in the cache, and whether the hub has it could not be asked: {e.Message}");
                return snapshot;
            }

            if (found.All(file => file.FileName != name))
            {
                await question._writer.MarkMissingAsync(snapshot.Commit, name, cancellationToken).ConfigureAwait(false);
            }
        }

        if (found.Count == 0)
        {
            return snapshot;
        }

        using var download = new HubModelDownload(pinned, settings);
        foreach (var file in found)
        {
            await download._download.EnsureAsync(file, cancellationToken).ConfigureAwait(false);
        }

        return cache.FindSnapshot(pinned) ?? snapshot;
    }

    private async Task<HubSnapshot> RunAsync(CancellationToken cancellationToken)
    {
        var files = await _search.FindFilesAsync(cancellationToken).ConfigureAwait(false);

        // What opens the model comes last: a snapshot that has it has everything.
        foreach (var file in files)
        {
            await _download.EnsureAsync(file, cancellationToken).ConfigureAwait(false);
        }

        var (commit, opening) = (files[^1].Commit, files[^1].FileName);
        try
        {
            var missing = HubCache.OptionalFiles.Where(name => files.TrueForAll(file => file.FileName != name));

            // Without a precision files in ONNX are only taken where the list of all files has no checkpoint.
            foreach (var name in _repository.Precision is null && OnnxExportFiles.IsOnnx(opening)
                ? missing.Append(HubCache.AnyCheckpoint)
                : missing)
            {
                await _writer.MarkMissingAsync(commit, name, cancellationToken).ConfigureAwait(false);
            }

            await _writer.WriteReferenceAsync(commit, cancellationToken).ConfigureAwait(false);
            await _writer.SweepAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw HubErrors.FromCache(e, _cache.RepositoryFolder(_repository), null);
        }

        return _cache.FindSnapshot(_repository with { Revision = commit })
            ?? throw new Sam2DownloadException(
                Sam2DownloadFailure.Cache,
                $"{_repository.Name}: expected its files in {_settings.CacheFolder}, where they were put a moment ago, found some missing. "
                + "Is something else cleaning the cache?");
    }
}
