using System.IO.Enumeration;
using System.Text;
using System.Text.RegularExpressions;

namespace MaskGen.ML.Models;

/// <summary>Writes links of snapshots, references and marks into the cache, and removes what ended processes have left.</summary>
/// <remarks>Every file gets another name first and is created as one that did not exist, so that no link is written through. Of several
/// processes one places a file at a time: what has such a name while the lock is held is of a process that is no more.</remarks>
internal sealed partial class HubCacheWriter(HubSettings settings, HubCache cache, HubRepository repository, HubReporter reporter)
{
    private const string PlacingLock = "maskgen-placing";

    // Longer than a night, so that a download can be resumed in the morning.
    private static readonly TimeSpan StaleAge = TimeSpan.FromDays(1);

    /// <summary>Links a file of a commit to its blob, in place of whatever has its name.</summary>
    public Task AddFileAsync(HubFile file, CancellationToken cancellationToken)
    {
        var path = Path.Combine(cache.SnapshotFolder(repository, file.Commit), file.FileName);
        var blob = cache.BlobPath(repository, file.ETag);
        return PlaceAsync(
            path,
            async temporary =>
            {
                try
                {
                    File.CreateSymbolicLink(temporary, Path.GetRelativePath(Path.GetDirectoryName(path)!, blob));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Windows allows links only to some; then the snapshot holds the file itself, as huggingface_hub does there.
                    await CopyAsync(blob, temporary, cancellationToken).ConfigureAwait(false);
                }
            },
            cancellationToken);
    }

    /// <summary>Notes which commit a branch or tag stands for.</summary>
    public Task WriteReferenceAsync(string commit, CancellationToken cancellationToken) =>

        // What says so already is left alone: the cache may be one that can only be read.
        repository.Revision == commit || cache.ReadReference(repository) == commit
            ? Task.CompletedTask
            : PlaceAsync(cache.ReferencePath(repository), temporary => WriteAsync(temporary, commit), cancellationToken);

    /// <summary>Notes that a commit does not have a file, so that nobody asks again.</summary>
    public async Task MarkMissingAsync(string commit, string fileName, CancellationToken cancellationToken)
    {
        var path = cache.MissingPath(repository, commit, fileName);
        try
        {
            if (!File.Exists(path))
            {
                await PlaceAsync(path, temporary => WriteAsync(temporary, string.Empty), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // In a cache that can only be read the hub is asked again next time.
        }
    }

    /// <summary>Removes temporary files of processes that were killed, and unfinished blobs that nobody has written to for a day.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            SweepPartials();
            if (Temporaries().Count > 0)
            {
                using var held = await AcquireAsync(cancellationToken).ConfigureAwait(false);
                Temporaries().ForEach(File.Delete);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not ours to remove.
        }
    }

    private List<string> Temporaries()
    {
        var folder = cache.RepositoryFolder(repository);

        if (!Directory.Exists(folder))
        {
            return [];
        }

        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.None,
        };
        return
        [
            .. new FileSystemEnumerable<string>(folder, (ref entry) => entry.ToFullPath(), options)
            {
                ShouldIncludePredicate = (ref entry) => TemporaryName().IsMatch(entry.FileName),

                // Not into linked folders: they may lead anywhere.
                ShouldRecursePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
            },
        ];
    }

    private void SweepPartials()
    {
        var blobs = new DirectoryInfo(cache.BlobFolder(repository));
        foreach (var file in blobs.Exists ? blobs.GetFiles("*" + HubFileDownload.PartialEnding) : [])
        {
            using var held = IsStale(file)
                ? HubFileLock.TryAcquire(cache.LockPath(repository, file.Name[..^HubFileDownload.PartialEnding.Length]))
                : null;

            // Whoever held the lock may have written meanwhile.
            file.Refresh();
            if (held is not null && IsStale(file))
            {
                file.Delete();
            }
        }
    }

    private bool IsStale(FileInfo file) => settings.TimeProvider.GetUtcNow() - file.LastWriteTimeUtc > StaleAge;

    private async Task PlaceAsync(string path, Func<string, Task> make, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var held = await AcquireAsync(cancellationToken).ConfigureAwait(false);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            await make(temporary).ConfigureAwait(false);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private Task<HubFileLock> AcquireAsync(CancellationToken cancellationToken)
    {
        var path = cache.LockPath(repository, PlacingLock);
        return HubFileLock.AcquireAsync(
            path, settings, () => reporter.Say(string.Empty, $"waiting for another process that holds {path}"), cancellationToken);
    }

    private static async Task WriteAsync(string path, string text)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text)).ConfigureAwait(false);
        stream.Flush(flushToDisk: true);
    }

    private static async Task CopyAsync(string source, string target, CancellationToken cancellationToken)
    {
        using var input = File.OpenRead(source);
        using var output = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        await input.CopyToAsync(output, cancellationToken).ConfigureAwait(false);
        output.Flush(flushToDisk: true);
    }

    [GeneratedRegex(@"\.[0-9a-f]{32}\.tmp\z")]
    private static partial Regex TemporaryName();
}
