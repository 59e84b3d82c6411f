using System.Buffers.Binary;
using System.Text;

namespace MaskGen.ML.Checkpoints;

/// <summary>Reads the arguments of opcodes; never past the end.</summary>
internal ref struct TorchPickleCursor(ReadOnlySpan<byte> bytes, string source, long fileLength)
{
    // Longer than any name of a tensor; longer texts are passed over.
    private const int LongestText = 4096;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private CheckpointTextBudget _texts = new(fileLength);

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    public byte Byte() => Bytes(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(sizeof(ushort)));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(sizeof(uint)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(sizeof(ulong)));

    /// <summary>A number in two's complement, or null where it is longer than eight bytes.</summary>
    public long? Long(uint length)
    {
        if (length > sizeof(long))
        {
            Skip(length);
            return null;
        }

        Span<byte> wide = stackalloc byte[sizeof(long)];
        var narrow = Bytes((int)length);

        // The sign fills what is missing.
        wide.Fill(length > 0 && narrow[^1] >= 0x80 ? (byte)0xff : (byte)0);
        narrow.CopyTo(wide);
        return BinaryPrimitives.ReadInt64LittleEndian(wide);
    }

    /// <summary>UTF-8 text of so many bytes, or null where it is too long to be a name.</summary>
    public string? Text(ulong length)
    {
        if (length > LongestText)
        {
            Skip(length);
            return null;
        }

        return Decode(Bytes((int)length));
    }

    /// <summary>Passes over bytes.</summary>
    public void Skip(ulong count) => Bytes((int)Math.Min(count, int.MaxValue));

    /// <summary>Text up to the end of the line, without it.</summary>
    public string Line()
    {
        var rest = _bytes[Position..];
        var length = rest[..Math.Min(rest.Length, LongestText)].IndexOf((byte)'\n');
        if (length < 0)
        {
            throw Defect("expected a name up to the end of its line, found none");
        }

        Position += length + 1;
        return Decode(rest[..length]);
    }

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw Defect("expected it to end with a stop, found it cut off");
        }

        var read = _bytes.Slice(Position, count);
        Position += count;
        return read;
    }

    private string Decode(ReadOnlySpan<byte> text) => _texts.TrySpend(text.Length)
        ? Encoding.UTF8.GetString(text)
        : throw Defect($"expected at most {_texts.Most} bytes of texts in a file of this size, found more");

    private readonly CheckpointFormatException Defect(string what) => new(source, $"pickle: {what}.");
}
