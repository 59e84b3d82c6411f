namespace MaskGen.ML.Models;

/// <summary>Which files of a repository are to be downloaded, as the hub has them.</summary>
/// <remarks>One question at a time.</remarks>
internal sealed class HubFileSearch(
    HubRepository repository, HubSettings settings, HubClient client, HubRetry retry, HubFileDownload download)
{
    /// <summary>The files of the model, what opens it last.</summary>
    /// <exception cref="Sam2DownloadException">There is no model, or the hub could not be asked.</exception>
    /// <exception cref="CheckpointFormatException">A file that names others is not valid.</exception>
    public async Task<List<HubFile>> FindFilesAsync(CancellationToken cancellationToken)
    {
        var files = new List<HubFile>();
        var pinned = repository;
        foreach (var name in HubCache.OptionalFiles)
        {
            await AddAsync(name).ConfigureAwait(false);
        }

        if (repository.Precision is null && await AddAsync(Sam2ModelFiles.WeightsName).ConfigureAwait(false))
        {
            return files;
        }

        var listed = await ListAsync(pinned, cancellationToken).ConfigureAwait(false);
        if ((repository.Precision is null ? HubWeights.Choose(listed) : null) is not { } chosen)
        {
            var (encoder, decoder) = HubOnnx.Choose(listed, repository) ?? throw NoWeights(listed);
            foreach (var graph in new[] { decoder, encoder })
            {
                await AddNamingAsync(graph, (path, source) => HubOnnx.WeightsOf(graph, path, source, listed)).ConfigureAwait(false);
            }
        }
        else if (HubWeights.IsIndex(chosen))
        {
            await AddNamingAsync(chosen, HubWeights.ReadShards).ConfigureAwait(false);
        }
        else
        {
            await AddListedAsync(chosen).ConfigureAwait(false);
        }

        return files;

        // What a file names comes before it: a snapshot that has the file has everything.
        async Task AddNamingAsync(string name, Func<string, string, IReadOnlyList<string>> read)
        {
            await AddListedAsync(name).ConfigureAwait(false);
            var naming = files[^1];
            files.RemoveAt(files.Count - 1);
            foreach (var named in await download.ReadNamesAsync(naming, read, cancellationToken).ConfigureAwait(false))
            {
                if (!await AddAsync(named).ConfigureAwait(false))
                {
                    throw new Sam2DownloadException(
                        Sam2DownloadFailure.NotFound,
                        $"{repository.Name}: expected {named}, which {name} names, found no such file on the hub. Choose another "
                        + "revision.");
                }
            }

            files.Add(naming);
        }

        async Task AddListedAsync(string name)
        {
            if (!await AddAsync(name).ConfigureAwait(false))
            {
                throw new Sam2DownloadException(
                    Sam2DownloadFailure.NotFound,
                    $"{repository.Name}: the hub lists {name}, but has no such file. Try again, or choose another revision.");
            }
        }

        async Task<bool> AddAsync(string name)
        {
            if (!await FindAsync(pinned, name, files, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            // The branch may move on meanwhile: all files come from the commit that the first one was of.
            pinned = pinned with { Revision = files[^1].Commit };
            return true;
        }
    }

    /// <summary>Names of all files of a revision.</summary>
    public Task<IReadOnlyList<string>> ListAsync(HubRepository pinned, CancellationToken cancellationToken) =>
        retry.RunAsync(string.Empty, token => client.ListFilesAsync(pinned, token), cancellationToken);

    /// <summary>Looks for a file of a revision, and adds it to others where the hub has it.</summary>
    public async Task<bool> FindAsync(HubRepository pinned, string name, List<HubFile> files, CancellationToken cancellationToken)
    {
        var file = await retry.RunAsync(name, token => client.FindAsync(pinned, name, token), cancellationToken).ConfigureAwait(false);
        if (file is null)
        {
            return false;
        }

        if (HubRepository.IsCommit(pinned.Revision) && file.Commit != pinned.Revision)
        {
            throw new Sam2DownloadException(
                Sam2DownloadFailure.Network,
                $"{repository.Name}: {name}: expected commit {pinned.Revision} from {settings.Endpoint.Host}, found {file.Commit}. "
                + "Try again.");
        }

        files.Add(file);
        return true;
    }

    private Sam2DownloadException NoWeights(IReadOnlyList<string> files)
    {
        const int MostShown = 20;
        var shown = string.Join(", ", files.Take(MostShown).Select(name => HubText.Clean(name)));
        return new Sam2DownloadException(
            Sam2DownloadFailure.NotFound,
            $"{repository.Name}: expected "
            + (repository.Precision is { } precision
                ? $"{HubOnnx.Described(precision)} ({OnnxPrecisions.NameOf(precision)})"
                : $"{Sam2ModelFiles.WeightsName}, or one .safetensors, .pt, .pth, .bin or .ckpt file or index at the top "
                    + $"({HubNames.Rule}), or {HubOnnx.Described(Sam2OnnxPrecision.Float32)}")
            + $", found {(files.Count == 0 ? "none" : shown)}"
            + $"{(files.Count > MostShown ? ", ..." : string.Empty)}. "
            + $"Download the file that is meant, with its config.json if it has one, and {HubErrors.HowToName(settings)}.");
    }
}
