using System.Buffers.Binary;
using System.Text;

namespace MaskGen.ML.Checkpoints;

/// <summary>Where the content of an archive member lies.</summary>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Length">Number of bytes.</param>
/// <param name="Problem">Why it cannot be used where it lies, as part of a message; null for one that can.</param>
internal readonly record struct ZipMember(long Offset, long Length, string? Problem = null);

/// <summary>The members of a zip archive; those whose content is stored as it is can be used where it lies.</summary>
/// <remarks>Why not <see cref="System.IO.Compression.ZipArchive"/>: it gives streams, no positions, and tensors are used where they lie.
/// Source of the layout: APPNOTE.TXT 6.3, sections 4.3 and 4.5.3 (zip64).</remarks>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const uint CentralSignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;
    private const int EndLength = 22;
    private const int End64Length = 56;
    private const int Locator64Length = 20;
    private const int CentralLength = 46;
    private const int LocalLength = 30;
    private const ushort Zip64ExtraField = 1;
    private const ushort EncryptedFlag = 1;

    // A member costs its two headers and its padding in the file; this bounds memory for a malicious directory to that scale.
    private const int FreeMembers = 4096;
    private const int BytesPerMember = 256;

    /// <summary>Whether the bytes begin as an archive with at least one member does.</summary>
    public static bool IsZip(ByteSource bytes) => bytes.Length >= LocalLength && ReadUInt32(bytes, 0) == LocalSignature;

    /// <summary>Reads the central directory.</summary>
    /// <param name="bytes">The whole archive.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="CheckpointFormatException">The archive is damaged.</exception>
    public static Dictionary<string, ZipMember> Read(ByteSource bytes, string source)
    {
        var (offset, size, count) = FindDirectory(bytes, source);
        if (offset < 0 || size < 0 || offset > bytes.Length || size > bytes.Length - offset)
        {
            throw new CheckpointFormatException(
                source, $"archive directory: expected it inside {bytes.Length} bytes, found offset {offset}, size {size}.");
        }

        if (count < 0 || count > FreeMembers + (bytes.Length / BytesPerMember) || count * CentralLength > size)
        {
            throw new CheckpointFormatException(source, $"archive directory: expected as many members as fit {size} bytes, found {count}.");
        }

        var members = new Dictionary<string, ZipMember>((int)count);
        var names = new CheckpointTextBudget(bytes.Length);
        var end = offset + size;
        for (long i = 0; i < count; i++)
        {
            offset = ReadMember(bytes, source, offset, end, members, ref names);
        }

        return members;
    }

    private static (long Offset, long Size, long Count) FindDirectory(ByteSource bytes, string source)
    {
        var length = (int)Math.Min(bytes.Length, EndLength + ushort.MaxValue);
        var tail = bytes.GetSpan(bytes.Length - length, length);
        for (var at = length - EndLength; at >= 0; at--)
        {
            var record = tail[at..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(record) != EndSignature
                || BinaryPrimitives.ReadUInt16LittleEndian(record[20..]) != record.Length - EndLength)
            {
                continue;
            }

            var count = BinaryPrimitives.ReadUInt16LittleEndian(record[10..]);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(record[12..]);
            var offset = BinaryPrimitives.ReadUInt32LittleEndian(record[16..]);
            return count == ushort.MaxValue || size == uint.MaxValue || offset == uint.MaxValue
                ? FindDirectory64(bytes, source, bytes.Length - length + at)
                : (offset, size, count);
        }

        throw new CheckpointFormatException(
            source, "expected a zip archive with its directory at the end, found none; the file is cut off.");
    }

    private static (long Offset, long Size, long Count) FindDirectory64(ByteSource bytes, string source, long endRecord)
    {
        var locator = endRecord - Locator64Length;
        if (locator >= 0 && ReadUInt32(bytes, locator) == Locator64Signature)
        {
            var record = ReadInt64(bytes, locator + 8);
            if (record >= 0 && record <= bytes.Length - End64Length && ReadUInt32(bytes, record) == End64Signature)
            {
                return (ReadInt64(bytes, record + 48), ReadInt64(bytes, record + 40), ReadInt64(bytes, record + 32));
            }
        }

        throw new CheckpointFormatException(source, "expected the zip64 directory that its end record points to, found none.");
    }

    private static long ReadMember(
        ByteSource bytes, string source, long offset, long end, Dictionary<string, ZipMember> members, ref CheckpointTextBudget names)
    {
        if (end - offset < CentralLength || ReadUInt32(bytes, offset) != CentralSignature)
        {
            throw new CheckpointFormatException(source, $"archive directory: expected a member at offset {offset}, found something else.");
        }

        var header = bytes.GetSpan(offset, CentralLength);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        var extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[30..]);
        var commentLength = BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
        var next = offset + CentralLength + nameLength + extraLength + commentLength;
        if (next > end)
        {
            throw new CheckpointFormatException(
                source, $"archive directory: expected the member at offset {offset} to end before {end}, found {next}.");
        }

        if (!names.TrySpend(nameLength))
        {
            throw new CheckpointFormatException(
                source, $"archive directory: expected at most {names.Most} bytes of names in a file of this size, found more.");
        }

        var nameBytes = bytes.GetSpan(offset + CentralLength, nameLength);
        var name = Encoding.UTF8.GetString(nameBytes);
        var shown = CheckpointText.Shorten(nameBytes);
        var extra = bytes.GetSpan(offset + CentralLength + nameLength, extraLength);
        var member = FindPacking(header) is { } packing ? new ZipMember(0, 0, packing) : FindContent(header, extra, bytes, source, shown);
        return members.TryAdd(name, member)
            ? next
            : throw new CheckpointFormatException(source, $"member '{shown}': expected it once, found it twice.");
    }

    // A member that is packed some other way is a problem only where it is needed.
    private static string? FindPacking(ReadOnlySpan<byte> header)
    {
        var method = BinaryPrimitives.ReadUInt16LittleEndian(header[10..]);
        var isEncrypted = (BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) & EncryptedFlag) != 0;
        return isEncrypted ? "expected stored content, as torch writes it, found encrypted content"
            : method != 0 ? $"expected stored content, as torch writes it, found compression method {method}; the archive was packed again"
            : null;
    }

    private static ZipMember FindContent(ReadOnlySpan<byte> header, ReadOnlySpan<byte> extra, ByteSource bytes, string source, string name)
    {
        var (local, length) = ReadSizes(header, extra, source, name);
        return new ZipMember(FindContent(bytes, source, name, local, length), length);
    }

    private static (long LocalOffset, long Length) ReadSizes(
        ReadOnlySpan<byte> header, ReadOnlySpan<byte> extra, string source, string name)
    {
        long stored = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
        long local = BinaryPrimitives.ReadUInt32LittleEndian(header[42..]);
        var wide = FindZip64(extra);

        // The wide field holds only those of the three, in this order, that did not fit the header.
        length = Widen(length, ref wide);
        stored = Widen(stored, ref wide);
        local = Widen(local, ref wide);
        return stored == length
            ? (local, length)
            : throw new CheckpointFormatException(source, $"member '{name}': expected stored content of {length} bytes, found {stored}.");

        long Widen(long value, ref ReadOnlySpan<byte> field)
        {
            if (value != uint.MaxValue)
            {
                return value;
            }

            if (field.Length < sizeof(long))
            {
                throw new CheckpointFormatException(source, $"member '{name}': expected its zip64 sizes, found none.");
            }

            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[sizeof(long)..];
            return value;
        }
    }

    private static ReadOnlySpan<byte> FindZip64(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            var length = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]), extra.Length - 4);
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == Zip64ExtraField)
            {
                return extra.Slice(4, length);
            }

            extra = extra[(4 + length)..];
        }

        return default;
    }

    // The lengths of name and extra field differ between directory and local header: torch pads the latter to align the content.
    private static long FindContent(ByteSource bytes, string source, string name, long local, long length)
    {
        if (local < 0 || local > bytes.Length - LocalLength || ReadUInt32(bytes, local) != LocalSignature)
        {
            throw new CheckpointFormatException(source, $"member '{name}': expected its header at offset {local}, found something else.");
        }

        var header = bytes.GetSpan(local, LocalLength);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[26..]);
        var extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        var content = local + LocalLength + nameLength + extraLength;
        return length >= 0 && length <= bytes.Length - content
            ? content
            : throw new CheckpointFormatException(
                source,
                $"member '{name}': expected {length} bytes at offset {content}, found the file's end at {bytes.Length}; it is cut off.");
    }

    private static uint ReadUInt32(ByteSource bytes, long offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes.GetSpan(offset, sizeof(uint)));

    private static long ReadInt64(ByteSource bytes, long offset) =>
        BinaryPrimitives.ReadInt64LittleEndian(bytes.GetSpan(offset, sizeof(long)));
}
