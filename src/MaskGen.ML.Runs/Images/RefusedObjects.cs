using System.Collections.Concurrent;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace MaskGen.ML.Runs;

/// <summary>Tells an object that the server does not give (archived, encrypted with a key of others, closed by its access list) from a
/// server that gives this worker nothing: the first is an error of one image, the second of the whole shard. Safe for concurrent
/// use.</summary>
/// <param name="s3">Asks the server.</param>
/// <remarks>That a bucket can be listed says little: the right to list it and the right to read objects are two, and who has the first
/// alone must not make errors of a million images. So others of the same source are asked for a byte.</remarks>
internal sealed class RefusedObjects(S3Access s3)
{
    private const int MostAsked = 8;
    private const string Archived = "InvalidObjectState";
    private readonly ConcurrentDictionary<(int Source, string Bucket), string> _read = new();

    /// <summary>Whether an error may be that of one object: the server was there and did not want to.</summary>
    public static bool MayBe(Exception error) => error.InnerException is AmazonS3Exception
    {
        StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized or HttpStatusCode.BadRequest,
    };

    /// <summary>What the server said.</summary>
    public static string Reason(Exception error)
    {
        var refusal = (AmazonS3Exception)error.InnerException!;
        return string.IsNullOrEmpty(refusal.ErrorCode) || refusal.ErrorCode == refusal.Message
            ? refusal.Message
            : $"{refusal.ErrorCode}: {refusal.Message}";
    }

    /// <summary>Remembers an object that could be read, to be asked for first.</summary>
    public void NoteRead(PlannedImage image, S3Address place) => _read[(image.Source, place.Bucket)] = place.Prefix;

    /// <summary>Whether it is the object alone: it is archived, another of its source can be read at this moment, or there is no
    /// other.</summary>
    /// <param name="error">An error of which <see cref="MayBe"/> is true.</param>
    /// <param name="image">The image.</param>
    /// <param name="source">Its source.</param>
    /// <param name="place">Bucket and key that were refused.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task<bool> IsForItselfAsync(
        Exception error, PlannedImage image, ImageSource source, S3Address place, CancellationToken cancellationToken)
    {
        if (error.InnerException is AmazonS3Exception { ErrorCode: Archived })
        {
            return true;
        }

        if (_read.TryGetValue((image.Source, place.Bucket), out var known)
            && await CanReadAsync(place with { Prefix = known }, cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        if (await OthersAsync(source, place, cancellationToken).ConfigureAwait(false) is not { } others)
        {
            return false;
        }

        // From all over them: those beside it may be of the same owner or key.
        foreach (var other in others.Where((_, i) => i % ((others.Count / MostAsked) + 1) == 0))
        {
            if (await CanReadAsync(other, cancellationToken).ConfigureAwait(false))
            {
                NoteRead(image, other);
                return true;
            }
        }

        return others.Count == 0;
    }

    private async Task<bool> CanReadAsync(S3Address place, CancellationToken cancellationToken)
    {
        try
        {
            await s3.ReadAsync(place.Bucket, place.Prefix, (0, 1), null, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // One page of what is there beside it; null where that is refused too. Of a list nobody knows a place but that of the object.
    private async Task<IReadOnlyList<S3Address>?> OthersAsync(ImageSource source, S3Address place, CancellationToken cancellationToken)
    {
        var prefix = source.Kind == ImageSourceKind.S3
            ? S3Address.TryParse(source.Address)!.KeyOf(string.Empty)
            : place.Prefix[..(place.Prefix.LastIndexOf('/') + 1)];
        var request = new ListObjectsV2Request { BucketName = place.Bucket, Prefix = prefix };
        try
        {
            var page = await s3.CallAsync(
                place.Bucket, string.Empty, client => client.ListObjectsV2Async(request, cancellationToken)).ConfigureAwait(false);
            return [.. (page.S3Objects ?? []).Where(item => item.Size > 0 && item.Key != place.Prefix)
                .Select(item => place with { Prefix = item.Key })];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
