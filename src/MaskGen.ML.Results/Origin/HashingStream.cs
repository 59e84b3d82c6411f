using System.IO.Hashing;
using MaskGen.ML.Files;

namespace MaskGen.ML.Results;

/// <summary>Passes bytes on and hashes them, so that a file can end with the hash of what stands before its end.</summary>
/// <param name="inner">Where to; stays open.</param>
internal sealed class HashingStream(Stream inner) : WriteOnlyStream
{
    private readonly XxHash128 _hash = new();

    /// <summary>Hash of all that was written so far, as 32 hexadecimal digits.</summary>
    public string Digest => HashedEnd.Digest(_hash);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.Append(buffer);
        inner.Write(buffer);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _hash.Append(buffer.Span);
        await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);
}
