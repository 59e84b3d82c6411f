using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Amazon.S3.Model;
using MaskGen.ML.Files;

namespace MaskGen.ML.Runs;

/// <summary>Finds the images of a run in what its user names: folders, prefixes of buckets, patterns of both, archives, lists, single
/// images.</summary>
/// <param name="store">Where the run is kept, which is not searched.</param>
/// <param name="isRecursive">Whether folders are taken with those below them.</param>
internal sealed class ImageListing(MaskRunStore store, bool isRecursive)
{
    private const int QuestionsAtOnce = 32;
    private static readonly string[] ListExtensions = [".txt", ".lst", ".list"];
    private readonly List<ImageSource> _sources = [];

    /// <summary>Where the images that were found so far come from.</summary>
    public IReadOnlyList<ImageSource> Sources => _sources;

    /// <summary>The images, in no particular order; some may be there twice.</summary>
    /// <param name="inputs">What was named.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="ArgumentException">One of them is nothing that has images.</exception>
    /// <exception cref="FileNotFoundException">One of them is not there.</exception>
    /// <exception cref="InvalidDataException">There are no images in one of them, or an archive is damaged.</exception>
    /// <exception cref="IOException">One of them cannot be read.</exception>
    public async IAsyncEnumerable<PlannedImage> ListAsync(
        IEnumerable<string> inputs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var input in inputs)
        {
            var found = S3Address.TryParse(input) is { } place ? InBucket(input, place, cancellationToken)
                : Directory.Exists(input) ? InFolder(input, cancellationToken).ToAsync()
                : IsPattern(input) ? InPattern(input, cancellationToken).ToAsync()
                : InFile(input, cancellationToken);
            var count = 0L;
            await foreach (var image in found.ConfigureAwait(false))
            {
                count++;
                yield return image;
            }

            if (count == 0)
            {
                var ofThatName = PathPattern.HasWildcards(input) ? " of that name" : string.Empty;
                throw new InvalidDataException($"{input}: expected images ({ImageNames.ExtensionList}){ofThatName}, found none.");
            }
        }
    }

    private int Source(ImageSourceKind kind, string address)
    {
        var source = new ImageSource(kind, address);
        var index = _sources.IndexOf(source);
        if (index >= 0)
        {
            return index;
        }

        _sources.Add(source);
        return _sources.Count - 1;
    }

    private IEnumerable<PlannedImage> InFolder(string input, CancellationToken cancellationToken)
    {
        var search = new FolderImages(PathPattern.Everything(isRecursive), store.Address);
        var isEmpty = true;
        foreach (var image in Search(search, input, cancellationToken))
        {
            isEmpty = false;
            yield return image;
        }

        if (isEmpty && search.HasOtherFolders)
        {
            throw new InvalidDataException(
                $"{input}: expected images ({ImageNames.ExtensionList}) in the folder, found none. Those of its sub-folders are taken "
                + "only on request (--recursive).");
        }
    }

    // A file whose name has such characters is meant as it is.
    private static bool IsPattern(string input) => PathPattern.HasWildcards(input) && !File.Exists(input);

    private IEnumerable<PlannedImage> InPattern(string input, CancellationToken cancellationToken)
    {
        var (folder, pattern) = PathPattern.Parse(input, isRecursive);
        folder = folder.Length == 0 ? "." : folder;
        return Directory.Exists(folder) ? Search(new FolderImages(pattern, store.Address), folder, cancellationToken) : [];
    }

    private IEnumerable<PlannedImage> Search(FolderImages search, string folder, CancellationToken cancellationToken)
    {
        var fullPath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var source = Source(ImageSourceKind.Folder, fullPath);
        return search.Search(fullPath, cancellationToken).SelectMany(file =>
            Expand(source, file.Name, Path.Combine(fullPath, file.Name), file.Size, file.Modified, cancellationToken));
    }

    private async IAsyncEnumerable<PlannedImage> InFile(string input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(input);
        if (ImageVersion.OfFile(path) is not { } file)
        {
            throw new FileNotFoundException(
                $"{input}: expected a folder, a list of images, a tar archive or s3://..., found nothing there.");
        }

        if (ListExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
        {
            await foreach (var image in InList(path, cancellationToken).ConfigureAwait(false))
            {
                yield return image;
            }
        }
        else if (ImageNames.IsImage(path) || ImageNames.IsArchive(path))
        {
            var source = Source(ImageSourceKind.Folder, Path.GetDirectoryName(path)!);
            foreach (var image in Expand(source, Path.GetFileName(path), path, file.Size, file.Version, cancellationToken))
            {
                yield return image;
            }
        }
        else
        {
            throw new ArgumentException(
                $"{input}: expected a folder, a list of images ({string.Join(", ", ListExtensions)}), an image or an archive "
                + $"({ImageNames.ExtensionList}), or s3://..., found another kind of file.");
        }
    }

    private static IEnumerable<PlannedImage> Expand(
        int source, string name, string path, long size, DateTime modified, CancellationToken cancellationToken) =>
        Expand(source, name, path, size, ImageVersion.Of(modified), cancellationToken);

    private static IEnumerable<PlannedImage> Expand(
        int source, string name, string path, long size, string version, CancellationToken cancellationToken)
    {
        if (!ImageNames.IsArchive(name))
        {
            return [new PlannedImage(name, source, size, version)];
        }

        return Members();

        IEnumerable<PlannedImage> Members()
        {
            using var archive = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            foreach (var member in TarMembers.List(archive, path, cancellationToken))
            {
                yield return new PlannedImage($"{name}/{member.Name}", source, member.Length, version, name, member.Offset);
            }
        }
    }

    private async IAsyncEnumerable<PlannedImage> InBucket(
        string input, S3Address place, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A single object: its folder is the source, as with files. An object whose key has wildcards is meant as it is.
        var isPattern = PathPattern.HasWildcards(place.Prefix);
        if ((ImageNames.IsImage(place.Prefix) || ImageNames.IsArchive(place.Prefix))
            && await HeadAsync(place, cancellationToken).ConfigureAwait(false) is var head && (head is not null || !isPattern))
        {
            var slash = place.Prefix.LastIndexOf('/');
            var above = place with { Prefix = slash < 0 ? string.Empty : place.Prefix[..slash] };
            var source = Source(ImageSourceKind.S3, above.ToString());
            var (size, version) = head ?? throw new FileNotFoundException($"{input}: there is no such object.");
            await foreach (var image in ExpandObject(source, above, place.Prefix[(slash + 1)..], size, version, cancellationToken)
                .ConfigureAwait(false))
            {
                yield return image;
            }

            yield break;
        }

        var pattern = PathPattern.Everything(isRecursive);
        if (isPattern)
        {
            (var prefix, pattern) = PathPattern.ParseKey(place.Prefix, isRecursive);
            place = place with { Prefix = prefix };
        }

        var folder = Source(ImageSourceKind.S3, place.ToString());
        var skipped = place.Prefix.Length == 0 ? 0 : place.Prefix.Length + 1;
        var request = new ListObjectsV2Request
        {
            BucketName = place.Bucket,
            Prefix = skipped == 0 ? string.Empty : place.Prefix + "/",
            Delimiter = isRecursive || isPattern ? null : "/",
        };
        ListObjectsV2Response page;
        var (isEmpty, hasOthers) = (true, false);
        do
        {
            page = await store.S3.CallAsync(
                place.Bucket, string.Empty, client => client.ListObjectsV2Async(request, cancellationToken)).ConfigureAwait(false);
            hasOthers |= page.CommonPrefixes is { Count: > 0 };
            foreach (var item in page.S3Objects ?? [])
            {
                var name = item.Key[skipped..];
                var isMeant = (ImageNames.IsImage(name) || ImageNames.IsArchive(name)) && pattern.FitsPath(name);
                if (!isMeant || IsOfTheRun(place.Bucket, item.Key))
                {
                    continue;
                }

                isEmpty = false;
                await foreach (var image in ExpandObject(
                    folder, place, name, item.Size ?? 0, ImageVersion.Of(item.ETag), cancellationToken).ConfigureAwait(false))
                {
                    yield return image;
                }
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);

        if (isEmpty && hasOthers)
        {
            throw new InvalidDataException(
                $"{input}: expected images ({ImageNames.ExtensionList}) there, found none. Those further below are taken only on request "
                + "(--recursive).");
        }
    }

    private bool IsOfTheRun(string bucket, string key) =>
        store is S3Store { Place: var run } && run.Bucket == bucket && key.StartsWith(run.KeyOf(string.Empty), StringComparison.Ordinal)
        && run.Prefix.Length > 0;

    private async IAsyncEnumerable<PlannedImage> ExpandObject(
        int source, S3Address place, string name, long size, string version, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!ImageNames.IsArchive(name))
        {
            yield return new PlannedImage(name, source, size, version);
            yield break;
        }

        var key = place.KeyOf(name);
        using var response = await store.S3.CallAsync(
            place.Bucket, key, client => client.GetObjectAsync(place.Bucket, key, cancellationToken)).ConfigureAwait(false);
        foreach (var member in TarMembers.List(response.ResponseStream, $"s3://{place.Bucket}/{key}", cancellationToken))
        {
            yield return new PlannedImage($"{name}/{member.Name}", source, member.Length, version, name, member.Offset);
        }
    }

    private async Task<(long Size, string Version)?> HeadAsync(S3Address place, CancellationToken cancellationToken)
    {
        try
        {
            var head = await store.S3.CallAsync(
                place.Bucket,
                place.Prefix,
                client => client.GetObjectMetadataAsync(place.Bucket, place.Prefix, cancellationToken)).ConfigureAwait(false);
            return (head.ContentLength, ImageVersion.Of(head.ETag));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    // A line is an image, or an archive, by its path or its address; what it says is the key. Answers come from far away: many at once.
    private async IAsyncEnumerable<PlannedImage> InList(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(path)!;
        var source = Source(ImageSourceKind.List, folder);
        var images = Channel.CreateBounded<PlannedImage>(QuestionsAtOnce * 4);
        var asking = Task.Run(
            async () =>
            {
                try
                {
                    await Parallel.ForEachAsync(
                        File.ReadLines(path).Select((text, index) => (Text: text.Trim(), Number: index + 1))
                            .Where(line => line.Text.Length > 0),
                        new ParallelOptions { MaxDegreeOfParallelism = QuestionsAtOnce, CancellationToken = cancellationToken },
                        async (line, cancel) =>
                        {
                            var found = await OfLineAsync(path, folder, source, line.Text, line.Number, cancel).ConfigureAwait(false);
                            foreach (var image in found)
                            {
                                await images.Writer.WriteAsync(image, cancel).ConfigureAwait(false);
                            }
                        }).ConfigureAwait(false);
                    images.Writer.Complete();
                }
                catch (Exception e)
                {
                    images.Writer.Complete(e);
                }
            },
            cancellationToken);
        await foreach (var image in images.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return image;
        }

        await asking.ConfigureAwait(false);
    }

    private async Task<IEnumerable<PlannedImage>> OfLineAsync(
        string list, string folder, int source, string line, int number, CancellationToken cancellationToken)
    {
        if (S3Address.TryParse(line) is { } place)
        {
            var head = await HeadAsync(place, cancellationToken).ConfigureAwait(false) ?? throw Missing();
            return ImageNames.IsArchive(line)
                ? throw new ArgumentException($"{list}, line {number}: an archive in S3 is named beside the list, not in it.")
                : [new PlannedImage(line, source, head.Size, head.Version)];
        }

        var key = OperatingSystem.IsWindows() ? line.Replace('\\', '/') : line;
        key = key.StartsWith("./", StringComparison.Ordinal) ? key[2..] : key;
        var path = Path.GetFullPath(key, folder);
        var (size, version) = ImageVersion.OfFile(path) ?? throw Missing();
        return Expand(source, key, path, size, version, cancellationToken);

        FileNotFoundException Missing() => new($"{list}, line {number}: expected an image, found nothing at {line}.");
    }
}
