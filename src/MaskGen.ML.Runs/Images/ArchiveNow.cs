namespace MaskGen.ML.Runs;

/// <summary>Finds images again, by their names, in archives that were changed after a plan was made. Safe for concurrent use.</summary>
/// <param name="s3">Reads from S3.</param>
/// <remarks>The last archive is kept in mind: images of a plan are sorted, so that those of an archive follow each other.</remarks>
internal sealed class ArchiveNow(S3Access s3)
{
    private Members? _last;

    /// <summary>An image of an archive that is a file.</summary>
    /// <param name="image">The image as it was.</param>
    /// <param name="path">The archive.</param>
    /// <param name="version">The version of it that is there now.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The image where it is now, with the version of the archive; or as one that is not in it.</returns>
    /// <exception cref="IOException">The archive cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The archive may not be read.</exception>
    public PlannedImage Find(PlannedImage image, string path, string version, CancellationToken cancellationToken)
    {
        if (Known(path, version) is { } known)
        {
            return known.Find(image);
        }

        using var archive = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Read(archive, path, version, cancellationToken).Find(image);
    }

    /// <summary>An image of an archive that is an object.</summary>
    /// <param name="image">The image as it was.</param>
    /// <param name="place">Bucket and key of the archive.</param>
    /// <param name="version">The version of it that is there now.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>The image where it is now, with the version of the archive; or as one that is not in it.</returns>
    /// <exception cref="IOException">The archive cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The archive may not be read.</exception>
    public async Task<PlannedImage> FindAsync(PlannedImage image, S3Address place, string version, CancellationToken cancellationToken)
    {
        var name = place.ToString();
        if (Known(name, version) is { } known)
        {
            return known.Find(image);
        }

        // Of what is read, should it be changed again at this moment.
        using var response = await s3.CallAsync(
            place.Bucket,
            place.Prefix,
            client => client.GetObjectAsync(place.Bucket, place.Prefix, cancellationToken)).ConfigureAwait(false);
        return Read(response.ResponseStream, name, ImageVersion.Of(response.ETag), cancellationToken).Find(image);
    }

    private Members? Known(string name, string version) => _last is { } last && last.Name == name && last.Version == version ? last : null;

    private Members Read(Stream archive, string name, string version, CancellationToken cancellationToken)
    {
        var places = new Dictionary<string, (long Offset, long Length)>(StringComparer.Ordinal);
        try
        {
            foreach (var member in TarMembers.List(archive, name, cancellationToken))
            {
                places[member.Name] = (member.Offset, member.Length);
            }
        }
        catch (InvalidDataException)
        {
            // It is damaged from here on, which must not keep other images from being tried again.
        }

        return _last = new Members(name, version, places);
    }

    private sealed record Members(string Name, string Version, IReadOnlyDictionary<string, (long Offset, long Length)> Places)
    {
        public PlannedImage Find(PlannedImage image) => Places.TryGetValue(image.Key[(image.Archive!.Length + 1)..], out var place)
            ? image with { Version = Version, Offset = place.Offset, Size = place.Length }
            : image with { Version = Version, Offset = PlannedImage.MissingInArchive };
    }
}
