using System.Buffers.Binary;

namespace MaskGen.ML.Imaging;

/// <summary>The first directory of a TIFF structure, which EXIF data is too.</summary>
/// <remarks>Source: TIFF 6.0, section 2. Nothing in it is trusted: an entry that lies outside is not there.</remarks>
internal sealed class TiffDirectory
{
    private const int EntryLength = 12;
    private const ushort TypeShort = 3;
    private const ushort TypeLong = 4;
    private readonly Dictionary<ushort, uint> _values;

    private TiffDirectory(Dictionary<ushort, uint> values) => _values = values;

    /// <summary>Reads the directory that the header points to.</summary>
    /// <param name="tiff">The structure from its byte order mark on; may be cut off.</param>
    /// <returns>Null where there is none.</returns>
    public static TiffDirectory? Read(ReadOnlySpan<byte> tiff)
    {
        const int HeaderLength = 8;
        if (tiff.Length < HeaderLength || !(tiff.StartsWith("II*\0"u8) || tiff.StartsWith("MM\0*"u8)))
        {
            return null;
        }

        var littleEndian = tiff[0] == 'I';
        var offset = UInt32(tiff[4..], littleEndian);
        if (offset < HeaderLength || offset + 2L > tiff.Length)
        {
            return null;
        }

        var entries = tiff[(int)offset..];
        var count = UInt16(entries, littleEndian);
        var values = new Dictionary<ushort, uint>();
        for (var i = 0; i < count && 2 + ((i + 1) * EntryLength) <= entries.Length; i++)
        {
            // Tag, type, number of values, and the value where it fits into four bytes.
            var entry = entries.Slice(2 + (i * EntryLength), EntryLength);
            uint value = UInt16(entry[2..], littleEndian) switch
            {
                TypeShort => UInt16(entry[8..], littleEndian),
                TypeLong => UInt32(entry[8..], littleEndian),
                _ => 0u,
            };
            values.TryAdd(UInt16(entry, littleEndian), value);
        }

        return new TiffDirectory(values);
    }

    public bool Contains(ushort tag) => _values.ContainsKey(tag);

    /// <summary>The value of a field that holds one short or long number; null where there is none.</summary>
    public uint? Value(ushort tag) => _values.TryGetValue(tag, out var value) ? value : null;

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool littleEndian) =>
        littleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool littleEndian) =>
        littleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
