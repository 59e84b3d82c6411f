using System.Buffers.Binary;
using System.Text;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>Writes archives and pickles as torch.save does, right or wrong.</summary>
internal static class TorchFile
{
    private const int Alignment = 64;

    /// <summary>A tensor to write: how it looks at a storage.</summary>
    public sealed record Tensor(string Name, string StorageKey, long Offset, int[] Shape, long[] Strides);

    /// <summary>A storage to write.</summary>
    public sealed record Storage(string Key, string Type, byte[] Bytes, long Count);

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
        Zip([("archive/data.pkl", Pickle(tensors, storages.ToDictionary(s => s.Key))), ("archive/byteorder", "little"u8.ToArray()), .. storages.Select(s => ($"archive/data/{s.Key}", s.Bytes)), ("archive/version", "3\n"u8.ToArray())], zip64);

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

    private static byte[] Pickle(IEnumerable<Tensor> tensors, Dictionary<string, Storage> storages)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write([0x80, 2, (byte)'}', (byte)'q', 0]);
        WriteText(writer, "model");
        writer.Write("ccollections\nOrderedDict\n)Rq\x01("u8);
        foreach (var tensor in tensors)
        {
            var storage = storages[tensor.StorageKey];
            WriteText(writer, tensor.Name);
            writer.Write("ctorch._utils\n_rebuild_tensor_v2\n(("u8);
            WriteText(writer, "storage");
            writer.Write(Encoding.UTF8.GetBytes($"ctorch\n{storage.Type}\n"));
            WriteText(writer, storage.Key);
            WriteText(writer, "cpu");
            WriteNumber(writer, storage.Count);
            writer.Write("tQ"u8);
            WriteNumber(writer, tensor.Offset);
            WriteTuple(writer, tensor.Shape.Select(s => (long)s));
            WriteTuple(writer, tensor.Strides);
            writer.Write([0x89]);
            writer.Write("ccollections\nOrderedDict\n)RtR"u8);
        }

        writer.Write("us."u8);
        return stream.ToArray();
    }

    private static void WriteHeader(BinaryWriter writer, uint signature, int nameLength, int extraLength, int length, bool zip64, long? offset)
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

    private static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((byte)'X');
        writer.Write((uint)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteNumber(BinaryWriter writer, long number)
    {
        if (number is >= int.MinValue and <= int.MaxValue)
        {
            writer.Write((byte)'J');
            writer.Write((int)number);
            return;
        }

        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(wide, number);
        writer.Write([0x8a, 8]);
        writer.Write(wide);
    }

    private static void WriteTuple(BinaryWriter writer, IEnumerable<long> numbers)
    {
        writer.Write((byte)'(');
        foreach (var number in numbers)
        {
            WriteNumber(writer, number);
        }

        writer.Write((byte)'t');
    }
}
