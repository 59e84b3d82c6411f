using System.Buffers.Binary;
using System.Text;

namespace MaskGen.ML.Tests.Checkpoints;

/// <summary>Safetensors put together by hand, right or wrong.</summary>
internal static class SafetensorsBytes
{
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
