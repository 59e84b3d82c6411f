using System.IO.Hashing;
using System.Text;

namespace MaskGen.ML.Results;

/// <summary>What the end of a file of text says of all that stands before it.</summary>
internal enum HashedEndState
{
    /// <summary>There is no such end, not even a part: the file is cut off, or of another version.</summary>
    Missing,

    /// <summary>The end is cut off.</summary>
    Cut,

    /// <summary>Somebody has changed the file since it was written.</summary>
    Changed,

    /// <summary>Everything is as it was written.</summary>
    Whole,
}

/// <summary>The end of a file of text: the hash of all that stands before it between two fixed pieces. By it a whole file is told from one
/// that is cut off, and from one that somebody has changed.</summary>
/// <param name="before">What the end begins with; seldom in the file otherwise.</param>
/// <param name="after">What follows the hash.</param>
internal sealed class HashedEnd(string before, string after)
{
    private const int TailBytes = 1 << 12;

    /// <summary>A hash as 32 hexadecimal digits.</summary>
    public static string Digest(XxHash128 hash) => Convert.ToHexString(hash.GetCurrentHash()).ToLowerInvariant();

    /// <summary>The end for a hash.</summary>
    /// <param name="digest">As <see cref="HashingStream.Digest"/> gives it.</param>
    public string Text(string digest) => before + digest + after;

    /// <summary>Reads a file and compares it with its end.</summary>
    /// <param name="stream">The file from its beginning; can seek.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public HashedEndState Check(Stream stream)
    {
        var hash = new XxHash128();
        var buffer = new byte[1 << 16];
        for (var left = Math.Max(0, stream.Length - TailBytes); left > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
            {
                return HashedEndState.Missing;
            }

            hash.Append(buffer.AsSpan(0, read));
            left -= read;
        }

        // One byte more tells a file that has grown meanwhile.
        var tail = buffer.AsSpan(0, stream.ReadAtLeast(buffer.AsSpan(0, TailBytes + 1), TailBytes + 1, throwOnEndOfStream: false));
        var start = tail.LastIndexOf(Encoding.ASCII.GetBytes(before));
        if (start < 0)
        {
            return HashedEndState.Missing;
        }

        hash.Append(tail[..start]);
        var found = tail[start..];
        var expected = Encoding.ASCII.GetBytes(Text(Digest(hash)));
        return found.SequenceEqual(expected) ? HashedEndState.Whole
            : expected.AsSpan().StartsWith(found) ? HashedEndState.Cut
            : HashedEndState.Changed;
    }
}
