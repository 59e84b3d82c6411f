using Amazon.S3;

namespace MaskGen.ML.Runs;

/// <summary>Where a run is kept: a folder that every worker sees, or a prefix of an S3 bucket.</summary>
/// <remarks>
/// <para>All that is correct about a run rests on one ability of its store: to write something under a name only if nothing has that name.
/// A folder needs hard links (local disks and NFS have them); an S3 server must know <c>If-None-Match: *</c> (Amazon's does, and
/// Ceph). <see cref="MaskRun.CreateAsync"/> tries it and refuses a store that replaces.</para>
/// <para>Safe for concurrent use.</para>
/// </remarks>
public abstract class MaskRunStore
{
    private protected MaskRunStore(string address, S3Access? s3 = null)
    {
        Address = address;
        S3 = s3 ?? new S3Access();
    }

    /// <summary>The full path of the folder, or <c>s3://bucket/prefix</c>.</summary>
    public string Address { get; }

    /// <summary>By what images in S3 are read.</summary>
    internal S3Access S3 { get; }

    /// <summary>A store by its address; nothing is looked at yet.</summary>
    /// <param name="address">A folder, or <c>s3://bucket/prefix</c>. Credentials, region and endpoint of S3 are found as the AWS command
    /// line finds them (<c>AWS_ACCESS_KEY_ID</c>, <c>AWS_REGION</c>, <c>AWS_ENDPOINT_URL_S3</c>, profiles, roles).</param>
    /// <exception cref="ArgumentException"><paramref name="address"/> is null or empty, or an address of another kind.</exception>
    public static MaskRunStore Open(string address)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        if (S3Address.TryParse(address) is { } s3)
        {
            return new S3Store(new S3Access(), s3);
        }

        return address.Contains("://", StringComparison.Ordinal)
            ? throw new ArgumentException($"{address}: expected a folder or s3://bucket/prefix.", nameof(address))
            : new FolderStore(Path.GetFullPath(address));
    }

    /// <summary>A prefix of a bucket, through a client of one's own.</summary>
    /// <param name="client">The client; it stays the caller's.</param>
    /// <param name="bucket">The bucket.</param>
    /// <param name="prefix">What the names begin with, without a slash at its end; may be empty.</param>
    /// <exception cref="ArgumentException"><paramref name="client"/> is null, or <paramref name="bucket"/> null or empty.</exception>
    public static MaskRunStore OpenS3(IAmazonS3 client, string bucket, string prefix)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentException.ThrowIfNullOrWhiteSpace(bucket);
        ArgumentNullException.ThrowIfNull(prefix);
        return new S3Store(new S3Access(client), new S3Address(bucket, prefix.Trim('/')));
    }

    /// <summary>The address.</summary>
    public override string ToString() => Address;

    /// <summary>Throws where the run is not there at present. The folder of a share that is not mounted can be listed, and written to, and
    /// nobody would see it.</summary>
    /// <exception cref="IOException">It is not there, or the store cannot be read.</exception>
    internal async Task ThrowIfAwayAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(RunNames.Manifest, cancellationToken).ConfigureAwait(false) is null)
        {
            throw new IOException($"{Address}: expected the run, found no {RunNames.Manifest} at present; is its storage mounted?");
        }
    }

    /// <summary>Brings what a run needs into being: folders, where there are such.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    internal abstract Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Finds out whether a name can be given once and no more. Where it cannot, what <see cref="PrepareAsync"/> made goes
    /// again.</summary>
    /// <returns>Null if so; otherwise what the store does.</returns>
    /// <exception cref="IOException">Nothing can be written there.</exception>
    internal abstract Task<string?> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Says what an item is, or null where there is none.</summary>
    internal abstract Task<StoredItem?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Opens an item to be read from its beginning to its end.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    internal abstract Task<Stream> OpenAsync(string name, CancellationToken cancellationToken);

    /// <summary>Reads a part of an item.</summary>
    /// <returns>The bytes; fewer where it ends before.</returns>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    internal abstract Task<byte[]> ReadAsync(string name, long offset, int length, CancellationToken cancellationToken);

    /// <summary>Lists what has names that begin so, in no particular order; unfinished things not.</summary>
    internal abstract IAsyncEnumerable<StoredItem> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Begins to write something.</summary>
    internal abstract PendingItem Begin(string name);

    /// <summary>Deletes an item; nothing happens where there is none.</summary>
    internal abstract Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes what workers have left behind that were killed, where it can be told that they are.</summary>
    internal abstract void Sweep();

    /// <summary>Reads a small item as a whole; null where there is none.</summary>
    internal async Task<byte[]?> TryReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await OpenAsync(name, cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                using var copy = new MemoryStream();
                await stream.CopyToAsync(copy, cancellationToken).ConfigureAwait(false);
                return copy.ToArray();
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes a small item, whatever has its name.</summary>
    internal async Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var item = Begin(name);
        await item.Stream.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        await item.ReplaceAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a small item, unless something has its name.</summary>
    /// <returns>Whether it was written.</returns>
    internal async Task<bool> PublishAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var item = Begin(name);
        await item.Stream.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        return await item.PublishAsync(cancellationToken).ConfigureAwait(false);
    }
}
