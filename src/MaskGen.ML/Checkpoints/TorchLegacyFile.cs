using System.Buffers.Binary;

namespace MaskGen.ML.Checkpoints;

/// <summary>The form of torch.save before torch 1.6, which it still writes on request: a row of pickles (a magic number, a version, facts
/// of the machine, the content, the keys of the storages), then each storage with its length.</summary>
/// <remarks>Source: torch/serialization.py, _legacy_save and _legacy_load.</remarks>
internal static class TorchLegacyFile
{
    /// <summary>How many of its first bytes tell that a file has this form.</summary>
    public const int StartLength = 32;

    private const long Version = 1001;

    // Where the pickles end is known only once they are read. Those of a model and its optimizer take some hundred bytes per tensor.
    private static readonly int[] LargestPickles = [1 << 20, 1 << 26];

    // The magic number as every protocol pickles it, and the end of its pickle.
    private static ReadOnlySpan<byte> Magic => [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    /// <summary>Whether the bytes begin as this form does.</summary>
    public static bool IsLegacy(ReadOnlySpan<byte> start) => FindFirstPickle(start) > 0;

    /// <summary>Reads the pickles and finds the storages.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="CheckpointFormatException">The file is damaged, its pickle is refused, or it is simpler to save it
    /// again.</exception>
    public static TorchContent Read(ByteSource bytes, string source)
    {
        try
        {
            return Read(bytes, source, LargestPickles[0]);
        }
        catch (CheckpointFormatException) when (bytes.Length > LargestPickles[0])
        {
            return Read(bytes, source, LargestPickles[1]);
        }
    }

    private static TorchContent Read(ByteSource bytes, string source, int largest)
    {
        var pickles = bytes.GetSpan(0, (int)Math.Min(bytes.Length, largest));
        var position = FindFirstPickle(pickles);
        if (Next(pickles, ref position, source, bytes.Length).Root is not Version)
        {
            throw Unknown(source, "its version is another one");
        }

        if (Next(pickles, ref position, source, bytes.Length).Root is not TorchDictionary machine
            || machine.Items.Any(item => item is { Key: "little_endian", Value: not true }))
        {
            throw Unknown(source, "it was written by a machine that puts the high byte first");
        }

        var content = Next(pickles, ref position, source, bytes.Length);
        return Next(pickles, ref position, source, bytes.Length).Root is List<object?> keys
            ? new TorchContent(content.Root, FindStorages(bytes, source, position, keys, content.Storages))
            : throw Unknown(source, "the keys of its storages are missing");
    }

    // Where the pickle of the magic number ends; 0 where there is none.
    private static int FindFirstPickle(ReadOnlySpan<byte> start)
    {
        var at = start.Length > 0 && start[0] == 0x80 ? start[..Math.Min(start.Length, StartLength)].IndexOf(Magic) : -1;
        return at < 0 ? 0 : at + Magic.Length;
    }

    private static TorchPickleContent Next(ReadOnlySpan<byte> pickles, ref int position, string source, long fileLength)
    {
        var content = TorchPickle.Read(pickles[position..], source, fileLength);
        position += content.Length;
        return content;
    }

    private static Dictionary<string, ZipMember> FindStorages(
        ByteSource bytes, string source, long position, List<object?> keys, IReadOnlyDictionary<string, TorchStorage> storages)
    {
        var found = new Dictionary<string, ZipMember>();
        foreach (var key in keys)
        {
            if (key is not string name || !storages.TryGetValue(name, out var storage) || storage.Type.ElementSize == 0)
            {
                throw Unknown(source, "it holds a storage of a type that is not known, so that those behind it cannot be found");
            }

            if (position > bytes.Length - sizeof(long))
            {
                throw CutOff(source, name);
            }

            var count = BinaryPrimitives.ReadInt64LittleEndian(bytes.GetSpan(position, sizeof(long)));
            position += sizeof(long);
            if (count < 0 || count > (bytes.Length - position) / storage.Type.ElementSize)
            {
                throw CutOff(source, name);
            }

            var member = new ZipMember(position, count * storage.Type.ElementSize);
            if (!found.TryAdd(name, member))
            {
                throw new CheckpointFormatException(source, $"storage '{CheckpointText.Shorten(name)}': expected it once, found it twice.");
            }

            position += member.Length;
        }

        return found;
    }

    private static CheckpointFormatException CutOff(string source, string storage) =>
        new(source, $"storage '{CheckpointText.Shorten(storage)}': expected its values, found the end of the file; it is cut off.");

    private static CheckpointFormatException Unknown(string source, string why) => new(
        source,
        $"found a file of torch.save in the form before torch 1.6 that cannot be read, since {why}. Save it again in Python: "
        + "torch.save(torch.load(path, map_location=\"cpu\"), new_path).");
}
