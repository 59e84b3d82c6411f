using System.IO.Hashing;
using System.Text;

namespace MaskGen.ML.Results;

/// <summary>The end of a page: a comment with the hash of everything before it, by which a whole page is recognized.</summary>
internal static class HtmlEnd
{
    private const string Before = "<!-- maskgen-end ";
    private const string After = " -->\n";
    private const int HashDigits = 32;
    private static readonly int Length = Before.Length + HashDigits + After.Length;

    /// <summary>Writes a page and its end.</summary>
    /// <param name="stream">Where to, in UTF-8 without a byte order mark; stays open.</param>
    /// <param name="write">Writes the page.</param>
    public static void Write(Stream stream, Action<TextWriter> write)
    {
        var hashed = new HashingStream(stream);
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using (var writer = new StreamWriter(hashed, encoding, bufferSize: 1 << 16, leaveOpen: true))
        {
            write(writer);
        }

        stream.Write(Encoding.ASCII.GetBytes(Text(hashed.Hash)));
    }

    /// <summary>Whether a page has its end, and everything before it is as it was written.</summary>
    /// <param name="path">The page.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool IsWhole(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return IsWhole(stream);
    }

    /// <inheritdoc cref="IsWhole(string)"/>
    /// <param name="stream">The page from its beginning; can tell its length.</param>
    public static bool IsWhole(Stream stream)
    {
        var hash = new XxHash128();
        var buffer = new byte[1 << 16];
        for (var left = stream.Length - Length; left > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
            {
                return false;
            }

            hash.Append(buffer.AsSpan(0, read));
            left -= read;
        }

        var end = buffer.AsSpan(0, stream.ReadAtLeast(buffer, Length + 1, throwOnEndOfStream: false));
        return end.SequenceEqual(Encoding.ASCII.GetBytes(Text(hash)));
    }

    private static string Text(XxHash128 hash) => Before + Convert.ToHexString(hash.GetCurrentHash()).ToLowerInvariant() + After;

    /// <summary>Passes bytes on and hashes them.</summary>
    private sealed class HashingStream(Stream inner) : Stream
    {
        public XxHash128 Hash { get; } = new();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Hash.Append(buffer);
            inner.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
