using System.Text;

namespace MaskGen.ML.Models;

/// <summary>The cache of Python's huggingface_hub on disk, for reading.</summary>
/// <remarks>Below the cache folder: <c>models--org--name/blobs/ETAG</c> holds content, <c>snapshots/COMMIT/FILE</c> links to it,
/// <c>refs/REVISION</c> holds a commit, <c>.no_exist/COMMIT/FILE</c> marks a file that the repository does not have, and
/// <c>.locks/models--org--name/ETAG.lock</c> is held while a blob is written. Source of the layout: huggingface_hub's guide "Understand
/// caching".</remarks>
internal sealed class HubCache(string folder)
{
    /// <summary>Files beside the weights; each may be missing.</summary>
    public static readonly IReadOnlyList<string> OptionalFiles = [Sam2ModelFiles.ConfigurationName, Sam2ModelMetadata.FileName];

    /// <summary>The mark among those of missing files that says that a commit has no checkpoint, whatever it might be called. A name of
    /// ours: Python's marks say of one file that it is not there.</summary>
    public const string AnyCheckpoint = "maskgen-checkpoint";

    private const string BlobsFolder = "blobs";

    // Of a file that only says which model this is.
    private const int LargestConfiguration = 1 << 20;

    /// <summary>Folder of the cache.</summary>
    public string Folder => folder;

    public string RepositoryFolder(HubRepository repository) => Path.Combine(folder, repository.FolderName);

    /// <summary>Folder of the files of a commit.</summary>
    public string SnapshotFolder(HubRepository repository, string commit) =>
        Path.Combine(RepositoryFolder(repository), "snapshots", commit);

    public string BlobFolder(HubRepository repository) => Path.Combine(RepositoryFolder(repository), BlobsFolder);

    public string BlobPath(HubRepository repository, string etag) => Path.Combine(BlobFolder(repository), etag);

    public string LockPath(HubRepository repository, string name) => Path.Combine(folder, ".locks", repository.FolderName, name + ".lock");

    /// <summary>Marks a file as one that a commit does not have.</summary>
    public string MissingPath(HubRepository repository, string commit, string fileName) =>
        Path.Combine(RepositoryFolder(repository), ".no_exist", commit, fileName);

    public string ReferencePath(HubRepository repository) =>
        Path.Combine(RepositoryFolder(repository), "refs", Path.Combine(repository.Revision.Split('/')));

    /// <summary>Full path of the file that a path leads to, by way of links or not.</summary>
    public static string Resolve(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);

    /// <summary>The etag that a blob is named by, or null for a file that is no blob.</summary>
    public static string? ETagOf(string blobPath) =>
        Path.GetFileName(Path.GetDirectoryName(blobPath)) == BlobsFolder ? Path.GetFileName(blobPath) : null;

    /// <summary>The model of a revision where all of it is there and nothing of it is seen to be damaged, or null.</summary>
    public Sam2CachedModel? Find(HubRepository repository) =>
        FindSnapshot(repository) is { } snapshot && snapshot.FindDefect() is null ? snapshot.ToModel() : null;

    /// <summary>The files of a revision where its weights are there, damaged or not, or null.</summary>
    public HubSnapshot? FindSnapshot(HubRepository repository)
    {
        var commit = HubRepository.IsCommit(repository.Revision) ? repository.Revision : ReadReference(repository);
        return commit is null ? null : Describe(repository, commit);
    }

    /// <summary>Whether a snapshot is what its repository means for sure. Without a precision a checkpoint comes first: of files in ONNX
    /// the cache alone does not say whether the commit has one as well, unless the hub has been asked
    /// (<see cref="AnyCheckpoint"/>).</summary>
    public bool IsDecided(HubRepository repository, HubSnapshot snapshot) => repository.Precision is not null || !snapshot.IsOnnx
        || File.Exists(MissingPath(repository, snapshot.Commit, AnyCheckpoint));

    /// <summary>Every commit of every repository with the weights of a SAM 2 of which nothing is seen to be damaged.</summary>
    public IEnumerable<Sam2CachedModel> All()
    {
        foreach (var path in Folders(folder, "models--*"))
        {
            if (!TryName(path, out var repository))
            {
                continue;
            }

            foreach (var snapshot in Folders(Path.Combine(path, "snapshots"), "*"))
            {
                if (HubRepository.IsCommit(Path.GetFileName(snapshot))
                    && DescribeAny(repository, Path.GetFileName(snapshot)) is { } found
                    && IsSam2(snapshot, repository.Name)
                    && found.FindDefect() is null)
                {
                    yield return found.ToModel();
                }
            }
        }
    }

    /// <summary>The commit that a branch or tag stood for when it was last asked for, or null.</summary>
    public string? ReadReference(HubRepository repository)
    {
        try
        {
            var commit = ReadStart(ReferencePath(repository), 64).Trim();
            return HubRepository.IsCommit(commit) ? commit : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder does not exist, or this user may not read it.
            return null;
        }
    }

    private static IEnumerable<string> Folders(string folder, string pattern)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetDirectories(folder, pattern).Order(StringComparer.Ordinal) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's folder in a shared cache.
            return [];
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
                return ReadStart(configuration, LargestConfiguration).Contains("\"sam2", StringComparison.Ordinal);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not to be read: its name is all there is.
        }

        return name.Contains("sam2", StringComparison.OrdinalIgnoreCase);
    }

    private static string ReadStart(string path, int most)
    {
        HubFileCheck.ThrowIfSpecial(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[Math.Min(most, stream.Length)];
        return Encoding.UTF8.GetString(bytes, 0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }

    // Of a model in ONNX, the most exact of what is there.
    private HubSnapshot? DescribeAny(HubRepository repository, string commit) => Describe(repository, commit)
        ?? Enum.GetValues<Sam2OnnxPrecision>()
            .Select(precision => Describe(repository with { Precision = precision }, commit))
            .FirstOrDefault(snapshot => snapshot is not null);

    private HubSnapshot? Describe(HubRepository repository, string commit)
    {
        var snapshot = SnapshotFolder(repository, commit);
        try
        {
            // A link whose blob somebody has deleted counts as nothing: then the file is not here.
            var paths = Directory.Exists(snapshot) ? Directory.GetFiles(snapshot) : [];
            var present = paths.Where(path => new FileInfo(Resolve(path)).Exists).Select(path => Path.GetFileName(path)).ToHashSet();
            if ((repository.Precision is null ? HubWeights.Choose(present) : null) is not { } weights)
            {
                return HubOnnx.Describe(repository, commit, snapshot, [.. OptionalFiles.Where(present.Contains)]);
            }

            var shards = HubWeights.IsIndex(weights) ? ShardsOf(Path.Combine(snapshot, weights)) : [];
            if (!shards.All(present.Contains))
            {
                return null;
            }

            var bytes = shards.Append(weights)
                .Where(HubWeights.IsWeights)
                .Sum(name => new FileInfo(Resolve(Path.Combine(snapshot, name))).Length);
            return new HubSnapshot(
                repository.Name, commit, snapshot, weights, [.. OptionalFiles.Where(present.Contains), .. shards, weights], bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's folder in a shared cache.
            return null;
        }
    }

    private static IReadOnlyList<string> ShardsOf(string indexPath)
    {
        try
        {
            return HubWeights.ReadShards(indexPath, indexPath);
        }
        catch (CheckpointFormatException)
        {
            // The check of the file, or else the reader, will say what is wrong with it.
            return [];
        }
    }
}
