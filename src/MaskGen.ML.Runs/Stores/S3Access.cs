using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace MaskGen.ML.Runs;

/// <summary>Calls of S3, with errors that say of what they speak. Safe for concurrent use.</summary>
internal sealed class S3Access
{
    private readonly Lazy<IAmazonS3> _client;

    /// <summary>Finds credentials, region and endpoint when it is first used.</summary>
    public S3Access() => _client = new Lazy<IAmazonS3>(Create);

    /// <summary>Uses a client of the caller's.</summary>
    public S3Access(IAmazonS3 client) => _client = new Lazy<IAmazonS3>(client);

    /// <exception cref="IOException">There are no credentials.</exception>
    public IAmazonS3 Client
    {
        get
        {
            try
            {
                return _client.Value;
            }
            catch (AmazonClientException e)
            {
                throw new IOException($"S3 cannot be used: {e.Message}", e);
            }
        }
    }

    /// <summary>Makes a call.</summary>
    /// <param name="bucket">The bucket that it is about.</param>
    /// <param name="key">The key that it is about; empty for the bucket itself.</param>
    /// <param name="call">The call.</param>
    /// <exception cref="FileNotFoundException">There is no such key.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such bucket.</exception>
    /// <exception cref="UnauthorizedAccessException">The server does not allow it.</exception>
    /// <exception cref="IOException">It failed, after the retries of the client.</exception>
    /// <remarks>What has been refused by a condition passes as it is: see <see cref="IsRefused"/>.</remarks>
    public async Task<T> CallAsync<T>(string bucket, string key, Func<IAmazonS3, Task<T>> call)
    {
        try
        {
            return await call(Client).ConfigureAwait(false);
        }
        catch (AmazonS3Exception e) when (!IsRefused(e))
        {
            var address = new S3Address(bucket, key);
            throw e.StatusCode switch
            {
                HttpStatusCode.NotFound when e.ErrorCode == "NoSuchBucket" => new DirectoryNotFoundException(
                    $"{address}: there is no such bucket.", e),
                HttpStatusCode.NotFound => new FileNotFoundException($"{address}: there is no such object.", e),
                HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => new UnauthorizedAccessException(
                    $"{address}: the server does not allow it: {e.Message}", e),
                _ => new IOException($"{address}: {e.Message}", e),
            };
        }
        catch (Exception e) when (e is AmazonServiceException or AmazonClientException or HttpRequestException or TimeoutException
            && e is not AmazonS3Exception)
        {
            throw new IOException($"{new S3Address(bucket, key)}: {e.Message}", e);
        }
    }

    /// <summary>Whether a condition of a call was not met: <c>If-None-Match</c>, <c>If-Match</c>.</summary>
    public static bool IsRefused(AmazonS3Exception e) => e.StatusCode == HttpStatusCode.PreconditionFailed || IsConflict(e);

    /// <summary>Whether others write the same key at this moment, so that it cannot be told yet who is first.</summary>
    public static bool IsConflict(AmazonS3Exception e) => e.StatusCode == HttpStatusCode.Conflict;

    /// <summary>Reads an object, or a part of it.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="key">The key.</param>
    /// <param name="range">The bytes wanted; null for all.</param>
    /// <param name="etag">What its content must be known by; null for any.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="AmazonS3Exception">Its content is another, see <see cref="IsRefused"/>.</exception>
    public Task<byte[]> ReadAsync(
        string bucket, string key, (long Offset, long Length)? range, string? etag, CancellationToken cancellationToken) =>
        CallAsync(bucket, key, async client =>
        {
            var request = new GetObjectRequest { BucketName = bucket, Key = key };
            if (etag is not null)
            {
                request.EtagToMatch = etag;
            }

            if (range is { } part)
            {
                if (part.Length == 0)
                {
                    return [];
                }

                request.ByteRange = new ByteRange(part.Offset, part.Offset + part.Length - 1);
            }

            using var response = await client.GetObjectAsync(request, cancellationToken).ConfigureAwait(false);
            using var copy = new MemoryStream();
            await response.ResponseStream.CopyToAsync(copy, cancellationToken).ConfigureAwait(false);
            return copy.ToArray();
        });

    // The variables of the AWS command line; a server of one's own seldom has a name per bucket.
    private static AmazonS3Client Create()
    {
        // Checksums that are not asked for: older servers than Amazon's own refuse them.
        var config = new AmazonS3Config
        {
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        var region = Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION");
        if ((Variable("AWS_ENDPOINT_URL_S3") ?? Variable("AWS_ENDPOINT_URL")) is { } endpoint)
        {
            config.ServiceURL = endpoint;
            config.ForcePathStyle = true;
            config.AuthenticationRegion = region ?? "us-east-1";
        }
        else if (region is not null)
        {
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(region);
        }

        return new AmazonS3Client(config);
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
