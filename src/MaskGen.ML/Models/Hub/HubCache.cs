namespace MaskGen.ML.Models;

/// <summary>The cache of Python's huggingface_hub on disk.</summary>
/// <remarks>Below the cache folder: <c>models--org--name/blobs/ETAG</c> holds content, <c>snapshots/COMMIT/FILE</c> links to it,
/// <c>refs/REVISION</c> holds a commit, and <c>.locks/models--org--name/ETAG.lock</c> is held while a blob is written.
/// Source of the layout: huggingface_hub's guide "Understand caching".</remarks>
internal sealed class HubCache(string folder)
{
    /// <summary>Folder of the files of a commit.</summary>
    public string SnapshotFolder(HubRepository repository, string commit) =>
        Path.Combine(folder, repository.FolderName, "snapshots", commit);

    public string BlobPath(HubRepository repository, string etag) => Path.Combine(folder, repository.FolderName, "blobs", etag);

    public string LockPath(HubRepository repository, string etag) => Path.Combine(folder, ".locks", repository.FolderName, etag + ".lock");

    /// <summary>Full path of the file that a path leads to, by way of links or not.</summary>
    public static string Resolve(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);

    /// <summary>The folder of a revision whose weights are there, or null.</summary>
    public Sam2CachedModel? Find(HubRepository repository)
    {
        var commit = HubRepository.IsCommit(repository.Revision) ? repository.Revision : ReadReference(repository);
        return commit is null ? null : Describe(repository, commit);
    }

    /// <summary>Every commit of every repository with the weights of a SAM 2.</summary>
    public IEnumerable<Sam2CachedModel> All()
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        foreach (var path in Directory.GetDirectories(folder, "models--*").Order(StringComparer.Ordinal))
        {
            var snapshots = Path.Combine(path, "snapshots");
            if (!TryName(path, out var repository) || !Directory.Exists(snapshots))
            {
                continue;
            }

            foreach (var snapshot in Directory.GetDirectories(snapshots).Order(StringComparer.Ordinal))
            {
                if (Describe(repository, Path.GetFileName(snapshot)) is { } model && IsSam2(snapshot, repository.Name))
                {
                    yield return model;
                }
            }
        }
    }

    /// <summary>Links a file of a commit to its blob; keeps what is there already.</summary>
    public void AddFile(HubRepository repository, string commit, string fileName, string etag)
    {
        var path = Path.Combine(SnapshotFolder(repository, commit), fileName);
        if (File.Exists(path))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var blob = BlobPath(repository, etag);
        Place(path, temporary =>
        {
            try
            {
                File.CreateSymbolicLink(temporary, Path.GetRelativePath(Path.GetDirectoryName(path)!, blob));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Windows allows links only to some; then the snapshot holds the file itself, as huggingface_hub does there.
                File.Copy(blob, temporary, overwrite: true);
            }
        });
    }

    /// <summary>Notes which commit a branch or tag stands for.</summary>
    public void WriteReference(HubRepository repository, string commit)
    {
        // What says so already is left alone: the cache may be one that can only be read.
        if (repository.Revision == commit || ReadReference(repository) == commit)
        {
            return;
        }

        var path = ReferencePath(repository);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Place(path, temporary => File.WriteAllText(temporary, commit));
    }

    private static void Place(string path, Action<string> make)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            make(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static bool TryName(string path, out HubRepository repository)
    {
        try
        {
            repository = new HubRepository(HubRepository.NameOf(Path.GetFileName(path)) ?? string.Empty, null);
            return true;
        }
        catch (ArgumentException)
        {
            // A folder that no repository has made.
            repository = null!;
            return false;
        }
    }

    // The cache is full of other models; what a configuration says is asked, a bare checkpoint goes by its repository's name.
    private static bool IsSam2(string snapshot, string name)
    {
        var configuration = Path.Combine(snapshot, Sam2ModelFiles.ConfigurationName);
        try
        {
            if (new FileInfo(Resolve(configuration)).Exists)
            {
                return File.ReadAllText(configuration).Contains("\"sam2", StringComparison.Ordinal);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not to be read: its name is all there is.
        }

        return name.Contains("sam2", StringComparison.OrdinalIgnoreCase);
    }

    private string ReferencePath(HubRepository repository) =>
        Path.Combine(folder, repository.FolderName, "refs", Path.Combine(repository.Revision.Split('/')));

    private string? ReadReference(HubRepository repository)
    {
        var path = ReferencePath(repository);
        return File.Exists(path) && File.ReadAllText(path).Trim() is var commit && HubRepository.IsCommit(commit) ? commit : null;
    }

    private Sam2CachedModel? Describe(HubRepository repository, string commit)
    {
        var snapshot = SnapshotFolder(repository, commit);
        try
        {
            // A link whose blob somebody has deleted counts as nothing: then the file is not here.
            return Sam2ModelFiles.TryFindWeights(snapshot) is { } weights && new FileInfo(Resolve(weights)) is { Exists: true } file
                ? new Sam2CachedModel(repository.Name, commit, snapshot, file.Length)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else's folder in a cache that many share.
            return null;
        }
    }
}
