using System.Text;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>Writes archives as torch.save does, right or wrong.</summary>
internal static class TorchFile
{
    private const int Alignment = 64;

    /// <summary>A tensor to write: how it looks at a storage.</summary>
    public sealed record Tensor(string Name, string StorageKey, long Offset, int[] Shape, long[] Strides);

    /// <summary>A storage to write.</summary>
    public sealed record Storage(string Key, string Type, byte[] Bytes, long Count)
    {
        /// <summary>Whether it is for a file of the older form, whose ids have one part more.</summary>
        public bool IsLegacy { get; init; }
    }

    /// <summary>Members of a stored zip, their content aligned as torch aligns it.</summary>
    /// <param name="members">Name and content.</param>
    /// <param name="zip64">Whether every size and offset goes into the zip64 fields.</param>
    public static byte[] Zip(IEnumerable<(string Name, byte[] Content)> members, bool zip64 = false)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        using var directory = new MemoryStream();
        using var directoryWriter = new BinaryWriter(directory);
        var count = 0;
        foreach (var (name, content) in members)
        {
            var offset = stream.Position;
            var nameBytes = Encoding.UTF8.GetBytes(name);
            var padding = (int)(Alignment - ((offset + 30 + nameBytes.Length) % Alignment));
            padding = padding < 4 ? padding + Alignment : padding;
            WriteHeader(writer, 0x04034b50, nameBytes.Length, padding, content.Length, zip64: false, null);
            writer.Write(nameBytes);
            writer.Write("FB"u8);
            writer.Write((ushort)(padding - 4));
            writer.Write(new byte[padding - 4]);
            writer.Write(content);

            WriteHeader(directoryWriter, 0x02014b50, nameBytes.Length, zip64 ? 28 : 0, content.Length, zip64, offset);
            directoryWriter.Write(nameBytes);
            if (zip64)
            {
                directoryWriter.Write((ushort)1);
                directoryWriter.Write((ushort)24);
                directoryWriter.Write((long)content.Length);
                directoryWriter.Write((long)content.Length);
                directoryWriter.Write(offset);
            }

            count++;
        }

        WriteEnd(writer, directory.ToArray(), count, zip64);
        return stream.ToArray();
    }

    /// <summary>A checkpoint {"model": {name: tensor}} in an archive.</summary>
    public static byte[] Checkpoint(IEnumerable<Tensor> tensors, IReadOnlyCollection<Storage> storages, bool zip64 = false) =>
        Save(new TorchPickleWriter.Items(("model", StateDict(tensors))), storages, zip64);

    /// <summary>Whatever <see cref="TorchPickleWriter"/> can write, in an archive.</summary>
    public static byte[] Save(object? root, IReadOnlyCollection<Storage> storages, bool zip64 = false) => Zip(
        [
            ("archive/data.pkl", TorchPickleWriter.Write(root, storages.ToDictionary(s => s.Key))),
            ("archive/byteorder", "little"u8.ToArray()),
            .. storages.Select(s => ($"archive/data/{s.Key}", s.Bytes)),
            ("archive/version", "3\n"u8.ToArray()),
        ],
        zip64);

    /// <summary>The same in the form before torch 1.6.</summary>
    public static byte[] SaveLegacy(object? root, IReadOnlyCollection<Storage> storages)
    {
        var machine = new TorchPickleWriter.Items(
            ("protocol_version", 1001), ("little_endian", true), ("type_sizes", new TorchPickleWriter.Items(("short", 2))));
        var byKey = storages.ToDictionary(s => s.Key, s => s with { IsLegacy = true });
        return
        [
            0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.',
            .. TorchPickleWriter.Write(1001, byKey),
            .. TorchPickleWriter.Write(machine, byKey),
            .. TorchPickleWriter.Write(root, byKey),
            .. TorchPickleWriter.Write(storages.Select(s => (object?)s.Key).ToArray(), byKey),
            .. storages.SelectMany(s => (byte[])[.. BitConverter.GetBytes(s.Count), .. s.Bytes]),
        ];
    }

    /// <summary>An ordered dictionary, as a module gives its state.</summary>
    public static TorchPickleWriter.Items StateDict(IEnumerable<Tensor> tensors, string prefix = "") =>
        new([.. tensors.Select(t => ((object)(prefix + t.Name), (object?)t))]);

    /// <summary>An archive with one pickle and one storage 0 of four floats.</summary>
    public static byte[] WithPickle(byte[] pickle) => Zip([("archive/data.pkl", pickle), ("archive/data/0", new byte[16])]);

    /// <summary>Row-major strides.</summary>
    public static long[] Strides(int[] shape)
    {
        var strides = new long[shape.Length];
        var step = 1L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= shape[i];
        }

        return strides;
    }

    private static void WriteHeader(
        BinaryWriter writer, uint signature, int nameLength, int extraLength, int length, bool zip64, long? offset)
    {
        writer.Write(signature);
        if (offset is not null)
        {
            writer.Write((ushort)0);
        }

        writer.Write([0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        writer.Write(zip64 ? uint.MaxValue : (uint)length);
        writer.Write(zip64 ? uint.MaxValue : (uint)length);
        writer.Write((ushort)nameLength);
        writer.Write((ushort)extraLength);
        if (offset is { } position)
        {
            writer.Write(new byte[10]);
            writer.Write(zip64 ? uint.MaxValue : (uint)position);
        }
    }

    private static void WriteEnd(BinaryWriter writer, byte[] directory, int count, bool zip64)
    {
        var start = writer.BaseStream.Position;
        writer.Write(directory);
        if (zip64)
        {
            var end64 = writer.BaseStream.Position;
            writer.Write(0x06064b50u);
            writer.Write(44L);
            writer.Write(new byte[12]);
            writer.Write((long)count);
            writer.Write((long)count);
            writer.Write((long)directory.Length);
            writer.Write(start);
            writer.Write(0x07064b50u);
            writer.Write(0u);
            writer.Write(end64);
            writer.Write(1u);
        }

        writer.Write(0x06054b50u);
        writer.Write(0u);
        writer.Write(zip64 ? ushort.MaxValue : (ushort)count);
        writer.Write(zip64 ? ushort.MaxValue : (ushort)count);
        writer.Write(zip64 ? uint.MaxValue : (uint)directory.Length);
        writer.Write(zip64 ? uint.MaxValue : (uint)start);
        writer.Write((ushort)0);
    }
}
