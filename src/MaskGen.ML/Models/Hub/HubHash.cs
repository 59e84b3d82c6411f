using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MaskGen.ML.Models;

/// <summary>The hash that an etag is: of large files the SHA-256, of others git's name of the content, a SHA-1.</summary>
internal sealed class HubHash
{
    private const int BufferSize = 1 << 17;
    private const int Sha256Digits = 64;
    private const int Sha1Digits = 40;

    private readonly bool _isGit;

    private HubHash(string expected, bool isGit)
    {
        Expected = expected;
        _isGit = isGit;
    }

    /// <summary>What the content should hash to, in hexadecimal.</summary>
    public string Expected { get; }

    /// <summary>What kind of hash it is, for messages.</summary>
    public string Name => _isGit ? "git's SHA-1" : "SHA-256";

    /// <summary>Whether the file is in the git part of a repository, and so a small one.</summary>
    public bool IsGit => _isGit;

    /// <summary>The hash that an etag is, or null where it is none.</summary>
    public static HubHash? Of(string? etag) => etag is { Length: Sha1Digits or Sha256Digits } && etag.All(char.IsAsciiHexDigit)
        ? new HubHash(etag, etag.Length == Sha1Digits)
        : null;

    /// <summary>Hashes a stream from where it is to its end.</summary>
    /// <param name="stream">All of the file.</param>
    /// <param name="cancellationToken">Heard between two parts of 128 KiB.</param>
    /// <returns>Lower-case hexadecimal.</returns>
    public async Task<string> ComputeAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var hash = Begin(stream.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Hexadecimal(hash);
    }

    /// <summary>Hashes a small content.</summary>
    /// <returns>Lower-case hexadecimal.</returns>
    public string Compute(ReadOnlySpan<byte> content)
    {
        using var hash = Begin(content.Length);
        hash.AppendData(content);
        return Hexadecimal(hash);
    }

    /// <summary>What is wrong with a file, or null where it is what the etag says.</summary>
    public async Task<string?> FindDefectAsync(string path, CancellationToken cancellationToken)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        return Compare(await ComputeAsync(stream, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>What is wrong with a content of a hash, or null.</summary>
    public string? Compare(string found) => string.Equals(found, Expected, StringComparison.OrdinalIgnoreCase)
        ? null
        : $"expected {Name} {Expected}, found {found}";

    private IncrementalHash Begin(long length)
    {
        var hash = IncrementalHash.CreateHash(_isGit ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        if (_isGit)
        {
            // Git hashes this before the content: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
            hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {length}\0")));
        }

        return hash;
    }

    private static string Hexadecimal(IncrementalHash hash) => Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
}
