using System.Buffers.Binary;
using System.Text;

namespace MaskGen.ML.Results;

/// <summary>The stamp of a WebP file: a chunk of its own at the end.</summary>
/// <remarks>Source: WebP container specification (RFC 9649, section 2). Readers ignore chunks that they do not know; only the extended
/// form of the file, with a VP8X chunk first, may have such.</remarks>
internal static class WebpStamp
{
    private const int FileHead = 12;
    private const int ChunkHead = 8;
    private const int MostChunks = 256;
    private const int LongestStamp = 1 << 16;

    private static ReadOnlySpan<byte> ChunkType => "MGML"u8;

    /// <summary>Writes the file with the stamp in it.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="webp">A whole WebP file of the simple form.</param>
    /// <param name="size">Size of the image.</param>
    /// <param name="stamp">Its stamp.</param>
    public static void Write(Stream stream, ReadOnlySpan<byte> webp, ImageSize size, ResultStamp stamp)
    {
        // No feature is set: no alpha, no animation, no metadata. Sides are stored less one, in three bytes.
        Span<byte> extended = stackalloc byte[10];
        extended.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(extended[4..], size.Width - 1);
        Span<byte> height = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(height, size.Height - 1);
        height[..3].CopyTo(extended[7..]);

        using var chunks = new MemoryStream();
        WriteChunk(chunks, "VP8X"u8, extended);
        chunks.Write(webp[FileHead..]);
        WriteChunk(chunks, ChunkType, Encoding.ASCII.GetBytes(stamp.ToJson()));

        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(number, checked(4 + (int)chunks.Length));
        stream.Write("RIFF"u8);
        stream.Write(number);
        stream.Write("WEBP"u8);
        chunks.WriteTo(stream);
    }

    /// <summary>Whether a file begins as a WebP file does.</summary>
    public static bool Recognises(ReadOnlySpan<byte> head) =>
        head.Length >= FileHead && head.StartsWith("RIFF"u8) && head[8..].StartsWith("WEBP"u8);

    /// <summary>Reads the stamp.</summary>
    /// <param name="stream">The file, from its beginning.</param>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ResultStamp? TryRead(Stream stream)
    {
        Span<byte> head = stackalloc byte[ChunkHead];
        stream.Position = FileHead;
        for (var i = 0; i < MostChunks && stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length; i++)
        {
            long length = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (length > stream.Length - stream.Position)
            {
                return null;
            }

            if (!head.StartsWith(ChunkType))
            {
                stream.Seek(length + (length & 1), SeekOrigin.Current);
                continue;
            }

            if (length > LongestStamp)
            {
                return null;
            }

            var text = new byte[length];
            return stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) == text.Length
                ? ResultStamp.TryParse(Encoding.Latin1.GetString(text))
                : null;
        }

        return null;
    }

    private static void WriteChunk(MemoryStream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        stream.Write(type);
        stream.Write(length);
        stream.Write(data);
        if (data.Length % 2 == 1)
        {
            stream.WriteByte(0);
        }
    }
}
