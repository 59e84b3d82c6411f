using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>Safetensors put together by hand, right or wrong.</summary>
internal static class SafetensorsBytes
{
    /// <summary>A tensor to write.</summary>
    public sealed record Tensor(string Name, string Type, int[] Shape, byte[] Bytes);

    public static Tensor Float32(string name, int[] shape, ReadOnlySpan<float> values) =>
        new(name, "F32", shape, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>A whole file, with metadata if it is given.</summary>
    public static byte[] Build(IReadOnlyCollection<Tensor> tensors, object? metadata = null)
    {
        var position = 0L;
        var header = new Dictionary<string, object>();
        if (metadata is not null)
        {
            header.Add("__metadata__", metadata);
        }

        foreach (var tensor in tensors)
        {
            header.Add(tensor.Name, new Dictionary<string, object>
            {
                ["dtype"] = tensor.Type, ["shape"] = tensor.Shape, ["data_offsets"] = new[] { position, position += tensor.Bytes.Length },
            });
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        return [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. tensors.SelectMany(t => t.Bytes)];
    }

    /// <summary>The length prefix, the header as it is given, and so many bytes of data (0, 1, 2, ...).</summary>
    public static byte[] Build(string header, int dataLength)
    {
        var json = Encoding.UTF8.GetBytes(header);
        return Build(json, (ulong)json.Length, dataLength);
    }

    public static byte[] Build(byte[] header, ulong claimedLength, int dataLength)
    {
        var bytes = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, claimedLength);
        header.CopyTo(bytes, 8);
        for (var i = 0; i < dataLength; i++)
        {
            bytes[8 + header.Length + i] = (byte)i;
        }

        return bytes;
    }
}
