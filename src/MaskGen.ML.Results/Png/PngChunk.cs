using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace MaskGen.ML.Results;

/// <summary>The parts that PNG files consist of.</summary>
/// <remarks>Source: PNG specification, third edition (W3C), section 5 (layout of chunks) and 11.3.3.3 (tEXt: a keyword, a zero byte,
/// Latin-1 text).</remarks>
internal static class PngChunk
{
    /// <summary>Bytes of a chunk beside its data: length, type, checksum.</summary>
    public const int Overhead = 12;

    /// <summary>Bytes of <see cref="Signature"/>.</summary>
    public const int SignatureLength = 8;

    /// <summary>Where the first chunk ends, which is always the header.</summary>
    public const int HeaderEnd = SignatureLength + Overhead + 13;

    private const string Keyword = "MaskGen.ML";

    /// <summary>How every PNG file begins.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Writes a chunk.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="type">Four letters.</param>
    /// <param name="data">What it holds.</param>
    public static void Write(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(data);
        var checksum = new Crc32();
        checksum.Append(type);
        checksum.Append(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, checksum.GetCurrentHashAsUInt32());
        stream.Write(number);
    }

    /// <summary>Writes a stamp as a text chunk.</summary>
    public static void WriteStamp(Stream stream, ResultStamp stamp) =>
        Write(stream, "tEXt"u8, Encoding.Latin1.GetBytes($"{Keyword}\0{stamp.ToJson()}"));

    /// <summary>Reads the data of a text chunk.</summary>
    /// <returns>Null where it is no stamp.</returns>
    public static ResultStamp? TryReadStamp(ReadOnlySpan<byte> data)
    {
        var start = Encoding.Latin1.GetBytes(Keyword + '\0');
        return data.StartsWith(start) ? ResultStamp.TryParse(Encoding.Latin1.GetString(data[start.Length..])) : null;
    }

    /// <summary>Hash of palette and image data as stamps carry it.</summary>
    public static string Digest(XxHash128 content) => Convert.ToHexString(content.GetCurrentHash()).ToLowerInvariant();
}
