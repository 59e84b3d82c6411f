using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MaskGen.ML.Checkpoints;

/// <summary>Element types: sizes, names and the way to float32 and back.</summary>
internal static class TensorElements
{
    /// <summary>Bytes of one element.</summary>
    public static int SizeInBytes(TensorElementType type) => type == TensorElementType.Float32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Name of a type in safetensors.</summary>
    public static string NameOf(TensorElementType type) => type switch
    {
        TensorElementType.Float32 => "F32",
        TensorElementType.Float16 => "F16",
        TensorElementType.BFloat16 => "BF16",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>Widens stored elements to float32; exact for every value, NaN payloads aside.</summary>
    /// <param name="type">Type of the stored elements.</param>
    /// <param name="source">Little-endian bytes of exactly the elements.</param>
    /// <param name="destination">As many elements.</param>
    public static void Widen(TensorElementType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case TensorElementType.Float32:
                source.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case TensorElementType.Float16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(source), destination);
                break;
            case TensorElementType.BFloat16:
                WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, null);
        }
    }

    /// <summary>Reads a whole tensor that lies in one piece: a view for aligned float32, otherwise a new array.</summary>
    public static ReadOnlyMemory<float> Read(ByteSource bytes, TensorElementType type, long offset, int count)
    {
        if (type == TensorElementType.Float32)
        {
            return bytes.GetFloats(offset, count);
        }

        var values = new float[count];
        var size = SizeInBytes(type);

        // In steps, because the bytes of a tensor may be more than one span addresses.
        const int Step = 1 << 24;
        for (var done = 0; done < count; done += Step)
        {
            var part = values.AsSpan(done, Math.Min(Step, count - done));
            Widen(type, bytes.GetSpan(offset + ((long)done * size), part.Length * size), part);
        }

        return values;
    }

    /// <summary>A bfloat16 is the upper half of a float32: put it there, zeros below.</summary>
    private static void WidenBFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        var bits = MemoryMarshal.Cast<float, uint>(destination);
        var i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            // Widen keeps the order of lanes: the first half of them goes low, the second half high.
            Vector.Widen(new Vector<ushort>(source[i..]), out var low, out var high);
            (low << 16).CopyTo(bits[i..]);
            (high << 16).CopyTo(bits[(i + Vector<uint>.Count)..]);
        }

        for (; i < source.Length; i++)
        {
            bits[i] = (uint)source[i] << 16;
        }
    }
}
