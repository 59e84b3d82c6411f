using System.Buffers.Binary;
using System.Text;

namespace MaskGen.ML.Results;

/// <summary>The stamp of a JPEG file: a comment after the header.</summary>
/// <remarks>Source: ITU-T T.81, annex B (a file is a row of segments: 0xFF, marker, two bytes of length that count themselves,
/// data).</remarks>
internal static class JpegStamp
{
    private const byte MarkerPrefix = 0xFF;
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;
    private const byte JfifHeader = 0xE0;
    private const byte Comment = 0xFE;

    // More than any camera writes before the image.
    private const int MostSegments = 256;

    private static ReadOnlySpan<byte> Keyword => "MaskGen.ML "u8;

    /// <summary>Writes the file with the stamp in it.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="jpeg">A whole JPEG file.</param>
    /// <param name="stamp">Its stamp.</param>
    public static void Write(Stream stream, ReadOnlySpan<byte> jpeg, ResultStamp stamp)
    {
        // JFIF wants its header first.
        var at = 2;
        if (jpeg[at + 1] == JfifHeader)
        {
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
        }

        byte[] text = [.. Keyword, .. Encoding.ASCII.GetBytes(stamp.ToJson())];
        Span<byte> head = [MarkerPrefix, Comment, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(head[2..], checked((ushort)(text.Length + 2)));
        stream.Write(jpeg[..at]);
        stream.Write(head);
        stream.Write(text);
        stream.Write(jpeg[at..]);
    }

    /// <summary>Whether a file begins as a JPEG file does.</summary>
    public static bool Recognises(ReadOnlySpan<byte> head) => head is [MarkerPrefix, StartOfImage, MarkerPrefix, ..];

    /// <summary>Reads the stamp.</summary>
    /// <param name="stream">The file, from its beginning.</param>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ResultStamp? TryRead(Stream stream)
    {
        Span<byte> head = stackalloc byte[4];
        stream.Position = 2;
        for (var i = 0; i < MostSegments && stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length; i++)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(head[2..]) - 2;
            if (head[0] != MarkerPrefix || head[1] is StartOfScan or EndOfImage || length < 0)
            {
                return null;
            }

            // Seeking past the end of a file is no error; the next read then finds nothing.
            if (head[1] != Comment)
            {
                stream.Seek(length, SeekOrigin.Current);
                continue;
            }

            var text = new byte[length];
            if (stream.ReadAtLeast(text, length, throwOnEndOfStream: false) == length && text.AsSpan().StartsWith(Keyword)
                && ResultStamp.TryParse(Encoding.Latin1.GetString(text.AsSpan(Keyword.Length))) is { } stamp)
            {
                return stamp;
            }
        }

        return null;
    }
}
