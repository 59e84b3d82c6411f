using System.Runtime.CompilerServices;
using MaskGen.ML.Files;

namespace MaskGen.ML.Runs;

/// <summary>A run in a folder that all workers see.</summary>
/// <remarks>What is being written lies in <c>_tmp</c>, so that a pattern such as <c>masks/*.parquet</c> fits complete files
/// alone.</remarks>
internal sealed class FolderStore(string folder) : MaskRunStore(folder)
{
    private const string Unfinished = RunNames.Unfinished;
    private static readonly string[] Subfolders = [RunNames.Parts, RunNames.Attempts, Unfinished];

    internal override Task PrepareAsync(CancellationToken cancellationToken)
    {
        foreach (var name in Subfolders)
        {
            Directory.CreateDirectory(PathOf(name));
        }

        return Task.CompletedTask;
    }

    internal override Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        var problem = PublishedFile.Probe(PathOf(RunNames.Parts));
        if (problem is not null)
        {
            RemoveIfEmpty();
        }

        return Task.FromResult(problem);
    }

    internal override Task<StoredItem?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var file = new FileInfo(PathOf(name));
        return Task.FromResult(file.Exists ? new StoredItem(name, file.Length, file.LastWriteTimeUtc) : null);
    }

    internal override Task<Stream> OpenAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult<Stream>(OpenFile(name));

    internal override async Task<byte[]> ReadAsync(string name, long offset, int length, CancellationToken cancellationToken)
    {
        var file = OpenFile(name);
        await using (file.ConfigureAwait(false))
        {
            file.Position = offset;
            var bytes = new byte[Math.Min(length, Math.Max(0, file.Length - offset))];
            var read = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return bytes[..read];
        }
    }

    internal override async IAsyncEnumerable<StoredItem> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The part of it that is a folder; attempts come and go meanwhile.
        var place = prefix[..(prefix.LastIndexOf('/') + 1)];
        var folder = new DirectoryInfo(PathOf(place));
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden };
        foreach (var file in folder.Exists ? folder.EnumerateFiles("*", options) : [])
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = Path.GetRelativePath(Address, file.FullName).Replace('\\', '/');
            if (name.StartsWith(prefix, StringComparison.Ordinal) && Describe(name, file) is { } item)
            {
                yield return item;
            }
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    internal override PendingItem Begin(string name) => new PendingFile(this, name);

    internal override Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        if (File.Exists(path))
        {
            File.Delete(path);
        }

        return Task.CompletedTask;
    }

    internal override void Sweep() => OrphanedFiles.Sweep(PathOf(Unfinished));

    private static StoredItem? Describe(string name, FileInfo file)
    {
        try
        {
            return new StoredItem(name, file.Length, file.LastWriteTimeUtc);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    // No run will be here. A folder in which something else lies stays, as a mount point does.
    private void RemoveIfEmpty()
    {
        foreach (var path in Subfolders.Select(PathOf).Append(Address))
        {
            try
            {
                Directory.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It was there before, or is not ours.
            }
        }
    }

    // Never the folder of the run itself: where its share is not mounted, a new folder in its place would take results that no other worker
    // sees.
    private void CreateSubfolder(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (!Directory.Exists(PathOf(Unfinished)) && !File.Exists(PathOf(RunNames.Manifest)))
        {
            throw new DirectoryNotFoundException(
                $"The folder of the run, '{Address}', is not there any more, or its share is not mounted.");
        }

        Directory.CreateDirectory(path);
    }

    private string PathOf(string name) => Path.Combine(Address, name);

    private FileStream OpenFile(string name) =>
        new(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.Asynchronous);

    // The same file either way; how it gets its name is decided at the end.
    private sealed class PendingFile : PendingItem
    {
        private readonly PublishedFile _file;

        public PendingFile(FolderStore store, string name)
        {
            var path = store.PathOf(name);
            try
            {
                store.CreateSubfolder(Path.GetDirectoryName(path)!);
                store.CreateSubfolder(store.PathOf(Unfinished));
            }
            catch (IOException e) when (e is not DirectoryNotFoundException)
            {
                throw WriteErrors.Name(e, path);
            }

            _file = new PublishedFile(path, store.PathOf(Unfinished));
        }

        public override Stream Stream => _file.Stream;

        public override Task<bool> PublishAsync(CancellationToken cancellationToken) => Task.FromResult(_file.TryPublish());

        public override Task ReplaceAsync(CancellationToken cancellationToken)
        {
            _file.Replace();
            return Task.CompletedTask;
        }

        public override void Dispose() => _file.Dispose();
    }
}
