using Amazon.S3;

namespace MaskGen.ML.Runs;

/// <summary>Reads the images of a plan, and notices those that are no more what they were when it was made. Safe for concurrent
/// use.</summary>
/// <param name="sources">The sources of the run.</param>
/// <param name="s3">Reads from S3.</param>
internal sealed class ImageFetcher(IReadOnlyList<ImageSource> sources, S3Access s3)
{
    private readonly RefusedObjects _refused = new(s3);
    private readonly ArchiveNow _archive = new(s3);

    /// <summary>Reads an image.</summary>
    /// <returns>The file; or what is wrong with the image, where another attempt would find the same.</returns>
    /// <exception cref="IOException">Storage cannot be read at the moment, so that nothing can be said of the image.</exception>
    /// <exception cref="UnauthorizedAccessException">S3 refuses this and all else that was asked of the source.</exception>
    public Task<FetchedImage> ReadAsync(PlannedImage image, CancellationToken cancellationToken)
    {
        var source = sources[image.Source];
        if (image.IsMissingInArchive)
        {
            return Task.FromResult(FetchedImage.Failed(
                $"{source.Describe(image)}: there was no such image in the archive any more when the run was created."));
        }

        // To a pipeline no bytes are no image, and no error.
        if (image.Size == 0)
        {
            return Task.FromResult(FetchedImage.Failed($"{source.Describe(image)}: expected an image, found an empty file."));
        }

        return source.Path(image) is { } path
            ? Task.Run(() => ReadFile(image, source, path), cancellationToken)
            : ReadObjectAsync(image, source.Object(image), cancellationToken);
    }

    /// <summary>The image as it is now; unchanged where it is not there, or cannot be read for itself. One of an archive is found again by
    /// its name, wherever it has moved.</summary>
    /// <exception cref="IOException">Storage cannot be read at the moment.</exception>
    /// <exception cref="UnauthorizedAccessException">S3 refuses this and all else that was asked of the source.</exception>
    public Task<PlannedImage> RefreshAsync(PlannedImage image, CancellationToken cancellationToken)
    {
        var source = sources[image.Source];
        return source.Path(image) is { } path
            ? Task.Run(() => RefreshFile(image, source, path, cancellationToken), cancellationToken)
            : RefreshObjectAsync(image, source.Object(image), cancellationToken);
    }

    private PlannedImage RefreshFile(PlannedImage image, ImageSource source, string path, CancellationToken cancellationToken)
    {
        try
        {
            return ImageVersion.OfFile(path) is not var (size, version) ? image
                : image.Archive is null ? image with { Size = size, Version = version }
                : version == image.Version ? image
                : _archive.Find(image, path, version, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // One archive that cannot be read must not keep other images from being tried again.
            ThrowIfAway(FolderOf(source, path));
            return image;
        }
    }

    private async Task<PlannedImage> RefreshObjectAsync(PlannedImage image, S3Address place, CancellationToken cancellationToken)
    {
        try
        {
            var head = await s3.CallAsync(
                place.Bucket,
                place.Prefix,
                client => client.GetObjectMetadataAsync(place.Bucket, place.Prefix, cancellationToken)).ConfigureAwait(false);
            var version = ImageVersion.Of(head.ETag);
            return image.Archive is null ? image with { Size = head.ContentLength, Version = version }
                : version == image.Version ? image
                : await _archive.FindAsync(image, place, version, cancellationToken).ConfigureAwait(false);
        }
        catch (FileNotFoundException)
        {
            return image;
        }
        catch (Exception e) when (RefusedObjects.MayBe(e))
        {
            if (await _refused.IsForItselfAsync(e, image, sources[image.Source], place, cancellationToken).ConfigureAwait(false))
            {
                return image;
            }

            throw;
        }
    }

    private static FetchedImage ReadFile(PlannedImage image, ImageSource source, string path)
    {
        string problem;
        try
        {
            if (ImageVersion.OfFile(path) is var (size, version))
            {
                return ReadFile(image, path, size, version);
            }

            problem = "file not found; it was there when the run was created.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"cannot be read: {e.Message}";
        }

        // Where storage is there it is this file, and the next attempt would find the same: a bad block is there again.
        ThrowIfAway(FolderOf(source, path));
        return FetchedImage.Failed($"{path}: {problem}");
    }

    private static FetchedImage ReadFile(PlannedImage image, string path, long size, string version)
    {
        if (version != image.Version || (image.Archive is null && size != image.Size))
        {
            return FetchedImage.Failed(
                $"{path}: changed since the run was created: expected {Describe(image)}, found {size} bytes of {version}.");
        }

        if (image.Size > Array.MaxLength)
        {
            return FetchedImage.Failed($"{path}: expected an image file, found one of {image.Size} bytes.");
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Position = image.Offset;
        var bytes = new byte[image.Size];
        return file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length
            ? new FetchedImage(bytes, null)
            : FetchedImage.Failed($"{path}: expected {Describe(image)}, found that it ends before.");
    }

    // What was named. In a list files are, and nothing but the folder of each is known of where they lie.
    private static string FolderOf(ImageSource source, string path) =>
        source.Kind == ImageSourceKind.List ? Path.GetDirectoryName(path)! : source.Address;

    // A share that is not mounted leaves its mount point: an empty folder. Nothing can be said of its images then. One entry is looked for,
    // as there may be millions.
    private static void ThrowIfAway(string folder)
    {
        try
        {
            if (Directory.EnumerateFileSystemEntries(folder).Any())
            {
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{folder}: the folder of the images cannot be read: {e.Message}", e);
        }

        throw new IOException(
            $"{folder}: expected the folder of the images, found an empty one; is its storage mounted? If all of them were deleted, put "
            + "any file there: each then has a row that says so.");
    }

    private static string Describe(PlannedImage image) => $"{image.Size} bytes of {image.Version}";

    private async Task<FetchedImage> ReadObjectAsync(PlannedImage image, S3Address place, CancellationToken cancellationToken)
    {
        if (image.Size > Array.MaxLength)
        {
            return FetchedImage.Failed($"{place}: expected an image file, found one of {image.Size} bytes.");
        }

        try
        {
            (long, long)? range = image.Archive is null ? null : (image.Offset, image.Size);
            var bytes = await s3.ReadAsync(place.Bucket, place.Prefix, range, image.Version, cancellationToken).ConfigureAwait(false);
            _refused.NoteRead(image, place);
            return bytes.Length == image.Size
                ? new FetchedImage(bytes, null)
                : FetchedImage.Failed($"{place}: expected {Describe(image)}, found {bytes.Length} bytes.");
        }
        catch (FileNotFoundException)
        {
            return FetchedImage.Failed($"{place}: there is no such object; it was there when the run was created.");
        }
        catch (AmazonS3Exception e) when (S3Access.IsRefused(e))
        {
            return FetchedImage.Failed($"{place}: changed since the run was created: expected {Describe(image)}, found another ETag.");
        }
        catch (Exception e) when (RefusedObjects.MayBe(e))
        {
            if (await _refused.IsForItselfAsync(e, image, sources[image.Source], place, cancellationToken).ConfigureAwait(false))
            {
                return FetchedImage.Failed($"{place}: cannot be read, while the storage can: {RefusedObjects.Reason(e)}");
            }

            throw;
        }
    }
}
