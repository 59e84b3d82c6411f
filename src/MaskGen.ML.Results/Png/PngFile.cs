using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;

namespace MaskGen.ML.Results;

/// <summary>Whether a PNG file is whole and stamped, found without decoding it.</summary>
/// <param name="Begins">Whether it begins as a PNG file does, as far as it goes.</param>
/// <param name="IsWhole">Whether every chunk is there up to the end chunk, with right checksums, and nothing after it.</param>
/// <param name="HasImageData">Whether there is any image data.</param>
/// <param name="HasOtherChunks">Whether there is anything beside the header and the stamp, such as a palette; in files of this library the
/// palette comes after the stamp.</param>
/// <param name="Stamp">The stamp of this library, or null.</param>
/// <param name="IsAsStamped">Whether palette and image data are what was there when the stamp was written.</param>
internal readonly record struct PngFile(
    bool Begins, bool IsWhole, bool HasImageData, bool HasOtherChunks, ResultStamp? Stamp, bool IsAsStamped)
{
    // Ours take less than 1 kB; other texts are not read.
    private const int LongestStamp = 1 << 16;

    /// <summary>Reads all of a file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PngFile Inspect(Stream stream)
    {
        var (begins, isEmpty) = ReadSignature(stream);
        if (!begins || isEmpty)
        {
            return new(begins, false, false, false, null, false);
        }

        var walk = new Walk(stream);
        while (walk.MoveNext())
        {
        }

        var digest = PngChunk.Digest(walk.Content);
        return new(
            true,
            walk.IsWhole,
            walk.HasImageData,
            walk.HasOtherChunks,
            walk.Stamp,
            walk.Stamp is not null && walk.Stamp.Content == digest);
    }

    /// <summary>Reads all of a file for its stamp.</summary>
    /// <returns>Null unless the file is whole, and shows what it showed when it was stamped.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ResultStamp? ReadWhole(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Inspect(stream) is { IsWhole: true, IsAsStamped: true } png ? png.Stamp : null;
    }

    /// <summary>Reads a file as far as its stamp, which comes before the image data.</summary>
    /// <returns>Null if there is none, or the file is not a PNG.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ResultStamp? ReadStamp(Stream stream)
    {
        var (begins, isEmpty) = ReadSignature(stream);
        if (!begins || isEmpty)
        {
            return null;
        }

        var walk = new Walk(stream);
        while (walk.Stamp is null && !walk.HasImageData && walk.MoveNext())
        {
        }

        return walk.Stamp;
    }

    private static (bool Begins, bool IsCut) ReadSignature(Stream stream)
    {
        Span<byte> found = stackalloc byte[PngChunk.SignatureLength];
        var length = stream.ReadAtLeast(found, found.Length, throwOnEndOfStream: false);
        return (PngChunk.Signature.StartsWith(found[..length]), length < found.Length);
    }

    private sealed class Walk(Stream stream)
    {
        private readonly byte[] _head = new byte[8];

        /// <summary>Hash of what the file shows: palette and image data.</summary>
        public XxHash128 Content { get; } = new();

        public bool HasImageData { get; private set; }

        public bool HasOtherChunks { get; private set; }

        public bool IsWhole { get; private set; }

        public ResultStamp? Stamp { get; private set; }

        /// <summary>Reads a chunk; false where there is no other that could be read.</summary>
        public bool MoveNext()
        {
            if (!TryRead(_head))
            {
                return false;
            }

            var length = BinaryPrimitives.ReadUInt32BigEndian(_head);
            var (isImageData, isEnd) = (_head.AsSpan(4).SequenceEqual("IDAT"u8), _head.AsSpan(4).SequenceEqual("IEND"u8));
            var isShown = isImageData || _head.AsSpan(4).SequenceEqual("PLTE"u8);
            HasImageData |= isImageData;
            HasOtherChunks |= !isImageData && !_head.AsSpan(4).SequenceEqual("IHDR"u8) && !_head.AsSpan(4).SequenceEqual("tEXt"u8);
            var checksum = new Crc32();
            checksum.Append(_head.AsSpan(4));
            if (length > int.MaxValue || !TryReadData((int)length, checksum, isShown) || !TryRead(_head.AsSpan(0, 4)))
            {
                return false;
            }

            if (checksum.GetCurrentHashAsUInt32() != BinaryPrimitives.ReadUInt32BigEndian(_head))
            {
                return false;
            }

            IsWhole = isEnd && length == 0 && HasImageData && stream.ReadByte() < 0;
            return !isEnd;
        }

        private bool TryReadData(int length, Crc32 checksum, bool isShown)
        {
            var isText = _head.AsSpan(4).SequenceEqual("tEXt"u8) && length <= LongestStamp;
            var buffer = ArrayPool<byte>.Shared.Rent(LongestStamp);
            try
            {
                for (var left = length; left > 0;)
                {
                    var part = buffer.AsSpan(0, Math.Min(left, LongestStamp));
                    if (!TryRead(part))
                    {
                        return false;
                    }

                    left -= part.Length;
                    checksum.Append(part);
                    if (isShown)
                    {
                        Content.Append(part);
                    }
                }

                if (isText)
                {
                    Stamp ??= PngChunk.TryReadStamp(buffer.AsSpan(0, length));
                }

                return true;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        private bool TryRead(Span<byte> bytes) => stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;
    }
}
