using System.Buffers.Binary;
using System.Text;

namespace MaskGen.ML.Imaging;

/// <summary>A directory of a TIFF file: what it says of one image, by the numbers of its tags.</summary>
/// <remarks>Values are read when they are asked for, and only as many as were asked for: a directory may claim any number.</remarks>
internal sealed class TiffTags
{
    private readonly Dictionary<ushort, Field> _fields = [];
    private readonly ImageInput _input;

    /// <param name="input">The file.</param>
    /// <param name="isLittleEndian">Its byte order.</param>
    /// <param name="offset">Where the directory begins.</param>
    public TiffTags(ImageInput input, bool isLittleEndian, long offset)
    {
        (_input, IsLittleEndian, Offset) = (input, isLittleEndian, offset);
    }

    /// <summary>The byte order of the file.</summary>
    public bool IsLittleEndian { get; }

    /// <summary>Where the directory begins.</summary>
    public long Offset { get; }

    /// <summary>Tags whose values do not lie in the file, or not all of them.</summary>
    public IEnumerable<ushort> CutOff => _fields.Where(one => !one.Value.IsInside(_input.FileLength)).Select(one => one.Key);

    /// <summary>Bytes of a value of a type of TIFF; 0 for an unknown type.</summary>
    public static int LengthOf(int type) => type switch
    {
        1 or 2 or 6 or 7 => 1,
        3 or 8 => 2,
        4 or 9 or 11 or 13 => 4,
        5 or 10 or 12 or 16 or 17 or 18 => 8,
        _ => 0,
    };

    public bool Contains(ushort tag) => _fields.ContainsKey(tag);

    /// <summary>Number of values of a tag; 0 where there is none.</summary>
    public long Count(ushort tag) => _fields.TryGetValue(tag, out var field) ? field.Count : 0;

    /// <summary>Notes a field; of several with one tag the first counts.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="type">The type of its values.</param>
    /// <param name="count">Their number.</param>
    /// <param name="at">Where they lie.</param>
    public void Add(ushort tag, int type, long count, long at) => _fields.TryAdd(tag, new Field(type, count, at));

    /// <summary>The first value of a tag as a whole number.</summary>
    /// <returns>Null where there is none.</returns>
    public long? Whole(ushort tag) => Wholes(tag, 1) is [var first] ? first : null;

    /// <summary>The first values of a tag as whole numbers.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="most">How many at most.</param>
    public long[] Wholes(ushort tag, int most) => Read(tag, most, (type, bytes) => type switch
    {
        1 or 7 => bytes[0],
        6 => (sbyte)bytes[0],
        3 => UInt16(bytes),
        8 => (short)UInt16(bytes),
        4 or 13 => UInt32(bytes),
        9 => (int)UInt32(bytes),
        16 or 17 or 18 => (long)UInt64(bytes),
        _ => 0L,
    });

    /// <summary>The first values of a tag as numbers of double precision.</summary>
    public double[] Doubles(ushort tag, int most) => Read(tag, most, (type, bytes) => type switch
    {
        11 => (double)BitConverter.UInt32BitsToSingle(UInt32(bytes)),
        12 => BitConverter.UInt64BitsToDouble(UInt64(bytes)),
        3 => UInt16(bytes),
        4 => UInt32(bytes),
        5 => UInt32(bytes) / (double)UInt32(bytes[4..]),
        _ => double.NaN,
    });

    /// <summary>The text of a tag, without the zero that ends it; null where there is none.</summary>
    public string? Text(ushort tag, int most)
    {
        var bytes = Read(tag, most, (type, value) => type is 1 or 2 or 7 ? value[0] : (byte)0);
        return bytes.Length == 0 ? null : Encoding.UTF8.GetString(bytes).TrimEnd('\0');
    }

    private T[] Read<T>(ushort tag, int most, Reader<T> read)
    {
        if (!_fields.TryGetValue(tag, out var field) || !field.IsInside(_input.FileLength))
        {
            return [];
        }

        var values = new T[Math.Min(field.Count, most)];
        var length = LengthOf(field.Type);
        var bytes = new byte[values.Length * length];
        if (!_input.TryReadAt(field.At, bytes))
        {
            return [];
        }

        for (var i = 0; i < values.Length; i++)
        {
            values[i] = read(field.Type, bytes.AsSpan(i * length, length));
        }

        return values;
    }

    private ushort UInt16(ReadOnlySpan<byte> bytes) =>
        IsLittleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private uint UInt32(ReadOnlySpan<byte> bytes) =>
        IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private ulong UInt64(ReadOnlySpan<byte> bytes) =>
        IsLittleEndian ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes);

    private delegate T Reader<out T>(int type, ReadOnlySpan<byte> bytes);

    private readonly record struct Field(int Type, long Count, long At)
    {
        // Of an unknown type nothing is known, and nothing is read.
        public bool IsInside(long fileLength) =>
            Count >= 0 && At >= 0 && Count <= fileLength && At <= fileLength - (Count * LengthOf(Type));
    }
}
