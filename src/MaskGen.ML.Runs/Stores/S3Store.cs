using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;

namespace MaskGen.ML.Runs;

/// <summary>A run below a prefix of a bucket.</summary>
/// <remarks>What is being written lies in a file of this machine's that has no name, where the system allows that: so it is gone with the
/// process.</remarks>
internal sealed class S3Store(S3Access s3, S3Address place) : MaskRunStore(place.ToString(), s3)
{
    // Above it in several parts: one call takes 5 GB at most.
    private const long LargestCall = 64 << 20;
    private const int MostConflicts = 20;
    private const string WriterKey = "x-amz-meta-maskgen-writer";
    private static readonly TimeSpan ConflictPause = TimeSpan.FromMilliseconds(50);

    /// <summary>The bucket and the prefix.</summary>
    public S3Address Place => place;

    internal override Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    internal override async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        var name = $"{RunNames.Unfinished}/probe-{Guid.NewGuid():N}";
        try
        {
            if (!await PublishAsync(name, "first"u8.ToArray(), cancellationToken).ConfigureAwait(false))
            {
                return "it says of a new name that it is taken";
            }

            var isReplaced = await PublishAsync(name, "second"u8.ToArray(), cancellationToken).ConfigureAwait(false)
                || await TryReadAsync(name, cancellationToken).ConfigureAwait(false) is not { Length: 5 };
            return isReplaced ? "it lets a second object replace the first of a name, in spite of 'If-None-Match: *'" : null;
        }
        finally
        {
            await DeleteAsync(name, CancellationToken.None).ConfigureAwait(false);
        }
    }

    internal override async Task<StoredItem?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var key = place.KeyOf(name);
        try
        {
            var head = await S3.CallAsync(
                place.Bucket, key, client => client.GetObjectMetadataAsync(place.Bucket, key, cancellationToken)).ConfigureAwait(false);
            return new StoredItem(name, head.ContentLength, head.LastModified ?? DateTime.UnixEpoch);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    internal override async Task<Stream> OpenAsync(string name, CancellationToken cancellationToken)
    {
        var key = place.KeyOf(name);
        var response = await S3.CallAsync(
            place.Bucket, key, client => client.GetObjectAsync(place.Bucket, key, cancellationToken)).ConfigureAwait(false);
        return response.ResponseStream;
    }

    internal override async Task<byte[]> ReadAsync(string name, long offset, int length, CancellationToken cancellationToken)
    {
        try
        {
            return await S3.ReadAsync(place.Bucket, place.KeyOf(name), (offset, length), null, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e) when (e.InnerException is AmazonS3Exception { ErrorCode: "InvalidRange" })
        {
            return [];
        }
    }

    internal override async IAsyncEnumerable<StoredItem> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = place.Bucket, Prefix = place.KeyOf(prefix) };
        var skipped = place.Prefix.Length == 0 ? 0 : place.Prefix.Length + 1;
        ListObjectsV2Response page;
        do
        {
            page = await S3.CallAsync(
                place.Bucket, string.Empty, client => client.ListObjectsV2Async(request, cancellationToken)).ConfigureAwait(false);
            foreach (var item in page.S3Objects ?? [])
            {
                yield return new StoredItem(item.Key[skipped..], item.Size ?? 0, item.LastModified ?? DateTime.UnixEpoch);
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    internal override PendingItem Begin(string name) => new PendingObject(this, name);

    internal override async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var key = place.KeyOf(name);
        try
        {
            await S3.CallAsync(
                place.Bucket, key, client => client.DeleteObjectAsync(place.Bucket, key, cancellationToken)).ConfigureAwait(false);
        }
        catch (FileNotFoundException)
        {
            // As wanted.
        }
    }

    // An object is there whole or not at all. What S3 keeps of an upload that was cut off is taken away by the bucket's lifecycle rule.
    internal override void Sweep()
    {
    }

    private async Task<bool> PutAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        var (key, writer) = (place.KeyOf(name), Guid.NewGuid().ToString("N"));
        for (var conflicts = 0; ; conflicts++)
        {
            try
            {
                await S3.CallAsync(place.Bucket, key, client =>
                {
                    content.Position = 0;
                    var request = new PutObjectRequest
                    {
                        BucketName = place.Bucket,
                        Key = key,
                        InputStream = content,
                        AutoCloseStream = false,
                        AutoResetStreamPosition = true,
                        IfNoneMatch = "*",
                    };
                    request.Metadata[WriterKey] = writer;
                    return client.PutObjectAsync(request, cancellationToken);
                }).ConfigureAwait(false);
                return true;
            }
            catch (AmazonS3Exception e) when (S3Access.IsConflict(e))
            {
                if (conflicts == MostConflicts)
                {
                    throw new IOException($"{new S3Address(place.Bucket, key)}: others write it at the same time, again and again.", e);
                }

                await Task.Delay(ConflictPause, cancellationToken).ConfigureAwait(false);
            }
            catch (AmazonS3Exception e) when (S3Access.IsRefused(e))
            {
                // An answer may get lost and the call be made again, which then finds what it has written itself.
                return await WriterOfAsync(key, cancellationToken).ConfigureAwait(false) == writer;
            }
        }
    }

    private async Task<string?> WriterOfAsync(string key, CancellationToken cancellationToken)
    {
        var head = await S3.CallAsync(
            place.Bucket, key, client => client.GetObjectMetadataAsync(place.Bucket, key, cancellationToken)).ConfigureAwait(false);
        return head.Metadata[WriterKey];
    }

    private Task<bool> ReplaceAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        var key = place.KeyOf(name);
        return S3.CallAsync(place.Bucket, key, async client =>
        {
            content.Position = 0;
            if (content.Length > LargestCall)
            {
                using var transfer = new TransferUtility(client);
                await transfer.UploadAsync(
                    new TransferUtilityUploadRequest
                    {
                        BucketName = place.Bucket, Key = key, InputStream = content, AutoCloseStream = false,
                    },
                    cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await client.PutObjectAsync(
                    new PutObjectRequest
                    {
                        BucketName = place.Bucket, Key = key, InputStream = content, AutoCloseStream = false,
                    },
                    cancellationToken).ConfigureAwait(false);
            }

            return true;
        });
    }

    private sealed class PendingObject(S3Store store, string name) : PendingItem
    {
        public override Stream Stream { get; } = CreateFile();

        public override Task<bool> PublishAsync(CancellationToken cancellationToken) => store.PutAsync(name, Stream, cancellationToken);

        public override Task ReplaceAsync(CancellationToken cancellationToken) => store.ReplaceAsync(name, Stream, cancellationToken);

        public override void Dispose() => Stream.Dispose();

        private static FileStream CreateFile()
        {
            var path = Path.Combine(Path.GetTempPath(), $"maskgen-run-{Guid.NewGuid():N}");
            var options = FileOptions.Asynchronous | (OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None);
            var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, options);
            if (!OperatingSystem.IsWindows())
            {
                File.Delete(path);
            }

            return file;
        }
    }
}
