namespace MaskGen.ML.Runs;

/// <summary>A bucket and what names in it begin with.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Prefix">The prefix or key, without slashes at its ends; empty for the whole bucket.</param>
internal sealed record S3Address(string Bucket, string Prefix)
{
    private const string Scheme = "s3://";

    /// <summary>Reads <c>s3://bucket/prefix</c>; null for any other text.</summary>
    /// <exception cref="ArgumentException">There is no bucket in it.</exception>
    public static S3Address? TryParse(string text)
    {
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var rest = text[Scheme.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (bucket, prefix) = slash < 0 ? (rest, string.Empty) : (rest[..slash], rest[(slash + 1)..].Trim('/'));
        return bucket.Length > 0
            ? new S3Address(bucket, prefix)
            : throw new ArgumentException($"{text}: expected s3://bucket/prefix, found no bucket.");
    }

    /// <summary>The key of something below the prefix.</summary>
    public string KeyOf(string name) => Prefix.Length == 0 ? name : $"{Prefix}/{name}";

    public override string ToString() => Prefix.Length == 0 ? $"{Scheme}{Bucket}" : $"{Scheme}{Bucket}/{Prefix}";
}
