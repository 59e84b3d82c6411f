using MaskGen.ML.Files;

namespace MaskGen.ML.Models;

/// <summary>Brings one file into the cache: downloads what is missing of it, checks it, and puts it in place when it is whole.</summary>
internal sealed class HubFileDownload(
    HubSettings settings, HubCache cache, HubCacheWriter writer, HubTransfer transfer, HubRepository repository, HubReporter reporter)
{
    /// <summary>What an unfinished blob's name ends with, as huggingface_hub's.</summary>
    public const string PartialEnding = ".incomplete";

    /// <summary>Who may be to blame for another content than the hub's, for messages.</summary>
    public const string Culprit = "a proxy, or the mirror in HF_ENDPOINT, changes the file.";

    /// <summary>Makes the file be there, whole, under its name. Of several processes one downloads and the others wait for it.</summary>
    /// <exception cref="Sam2DownloadException">It could not be downloaded or written.</exception>
    public async Task EnsureAsync(HubFile file, CancellationToken cancellationToken)
    {
        var path = Path.Combine(cache.SnapshotFolder(repository, file.Commit), file.FileName);
        try
        {
            if (await IsWholeAsync(file, path, cancellationToken).ConfigureAwait(false))
            {
                return;
            }

            await EnsureBlobAsync(file, cancellationToken).ConfigureAwait(false);
            if (!await IsWholeAsync(file, path, cancellationToken).ConfigureAwait(false))
            {
                await writer.AddFileAsync(file, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not Sam2DownloadException))
        {
            throw HubErrors.FromCache(e, path, file.Size);
        }
    }

    /// <summary>Names of other files that a file has inside, such as an index those of its shards; it is downloaded for that but not given
    /// its name yet.</summary>
    /// <param name="file">The file.</param>
    /// <param name="read">Reads the names: from a path, and what messages call it.</param>
    /// <param name="cancellationToken">Stops the download.</param>
    /// <exception cref="Sam2DownloadException">It could not be downloaded or written.</exception>
    /// <exception cref="CheckpointFormatException">It is not what it should be.</exception>
    public async Task<IReadOnlyList<string>> ReadNamesAsync(
        HubFile file, Func<string, string, IReadOnlyList<string>> read, CancellationToken cancellationToken)
    {
        var blob = cache.BlobPath(repository, file.ETag);
        try
        {
            await EnsureBlobAsync(file, cancellationToken).ConfigureAwait(false);
            return read(blob, $"{repository.Name}: {file.FileName}");
        }
        catch (Exception e) when (e is UnauthorizedAccessException
            || (e is IOException and not (Sam2DownloadException or CheckpointFormatException)))
        {
            throw HubErrors.FromCache(e, blob, file.Size);
        }
    }

    /// <summary>Makes the blob of a file be there, whole.</summary>
    private async Task EnsureBlobAsync(HubFile file, CancellationToken cancellationToken)
    {
        var blob = cache.BlobPath(repository, file.ETag);
        if (await IsWholeAsync(file, blob, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        var lockPath = cache.LockPath(repository, file.ETag);
        using var held = await HubFileLock.AcquireAsync(
            lockPath,
            settings,
            () => reporter.Say(file.FileName, $"waiting for another process that is downloading it ({lockPath})"),
            cancellationToken).ConfigureAwait(false);
        if (!await IsWholeAsync(file, blob, cancellationToken).ConfigureAwait(false))
        {
            await DownloadAsync(file, blob, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a path leads to a regular file of the hub's length, and of its hash where that costs nothing or was asked
    /// for.</summary>
    private async Task<bool> IsWholeAsync(HubFile file, string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        var info = new FileInfo(HubCache.Resolve(path));
        if (!info.Exists
            || info.Length != file.Size
            || FileStatus.OfTarget(info.FullName) is { IsRegular: false }
            || (HubCache.ETagOf(info.FullName) is { } etag && etag != file.ETag))
        {
            return false;
        }

        return HubHash.Of(file.ETag) is not { } hash
            || !(hash.IsGit || settings.VerifyHashes)
            || await hash.FindDefectAsync(info.FullName, cancellationToken).ConfigureAwait(false) is null;
    }

    private async Task DownloadAsync(HubFile file, string blob, CancellationToken cancellationToken)
    {
        // Without a hash nothing could tell whether two parts belong together.
        var hash = HubHash.Of(file.ETag);
        var partial = HubPartialFile.Open(blob + PartialEnding, resume: hash is not null, settings.WrapPartial);
        await using (partial.ConfigureAwait(false))
        {
            try
            {
                var isResumed = partial.Length > 0;
                CheckRoom(file, partial, blob);
                await transfer.CompleteAsync(file, partial, cancellationToken).ConfigureAwait(false);
                var problem = await FindDefectAsync(file, partial, hash, cancellationToken).ConfigureAwait(false);
                if (problem is not null && isResumed)
                {
                    // The beginning is from another time and may be what is wrong.
                    partial.Clear();
                    await transfer.CompleteAsync(file, partial, cancellationToken).ConfigureAwait(false);
                    problem = await FindDefectAsync(file, partial, hash, cancellationToken).ConfigureAwait(false);
                }

                if (problem is not null)
                {
                    throw new Sam2DownloadException(
                        Sam2DownloadFailure.WrongContent,
                        $"{repository.Name}: {file.FileName} from {settings.Endpoint.Host}: {problem}. It was deleted. "
                        + $"Try again; if it happens again, {Culprit}");
                }

                await partial.CompleteAsync(blob).ConfigureAwait(false);
            }
            catch (Exception e) when (partial.Length == 0 || IsWaste(e))
            {
                await partial.DeleteAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    // Content that is wrong is of no use, and what came before the disk was full only takes the room.
    private static bool IsWaste(Exception error) => error is Sam2DownloadException download
        ? download.Failure == Sam2DownloadFailure.WrongContent
        : error is IOException or UnauthorizedAccessException;

    private void CheckRoom(HubFile file, HubPartialFile partial, string blob)
    {
        var needed = file.Size - partial.Length;
        if (settings.FreeSpace(Path.GetDirectoryName(blob)!) is { } free && needed > free)
        {
            throw HubErrors.DiskFull(blob, needed, free);
        }
    }

    private static async Task<string?> FindDefectAsync(
        HubFile file, HubPartialFile partial, HubHash? hash, CancellationToken cancellationToken)
    {
        if (partial.Length != file.Size)
        {
            return $"expected {HubText.Bytes(file.Size)}, found {HubText.Bytes(partial.Length)}";
        }

        return hash?.Compare(await partial.HashAsync(hash, cancellationToken).ConfigureAwait(false));
    }
}
