using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MaskGen.ML.Checkpoints;

/// <summary>Element types: sizes, names and the conversion to float32.</summary>
internal static class TensorElements
{
    // Elements that are read and converted at a time.
    private const int Step = 1 << 18;

    // These stay in the cache between the steps of who looks at them.
    private const int VisitedAtOnce = 1 << 15;

    /// <summary>Bytes of one element of a readable type.</summary>
    public static int SizeInBytes(TensorElementType type) => type switch
    {
        TensorElementType.Float32 => sizeof(float),
        TensorElementType.Float16 or TensorElementType.BFloat16 => sizeof(ushort),
        TensorElementType.Float64 => sizeof(double),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>Name of a readable type in safetensors.</summary>
    public static string NameOf(TensorElementType type) => type switch
    {
        TensorElementType.Float32 => "F32",
        TensorElementType.Float16 => "F16",
        TensorElementType.BFloat16 => "BF16",
        TensorElementType.Float64 => "F64",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>Converts stored elements to float32: exact for the types that are no wider, NaN payloads aside; float64 is rounded to
    /// nearest even.</summary>
    /// <param name="type">Type of the stored elements.</param>
    /// <param name="source">Little-endian bytes of exactly the elements.</param>
    /// <param name="destination">As many elements.</param>
    public static void Convert(TensorElementType type, ReadOnlySpan<byte> source, Span<float> destination)
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
            case TensorElementType.Float64:
                RoundFloat64(MemoryMarshal.Cast<byte, double>(source), destination);
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
        for (var done = 0; done < count; done += Step)
        {
            var part = values.AsSpan(done, Math.Min(Step, count - done));
            Convert(type, bytes.GetSpan(offset + ((long)done * size), part.Length * size), part);
        }

        return values;
    }

    /// <summary>Shows a tensor that lies in one piece: at once where its float32 values can be viewed as they are, otherwise part after
    /// part, converted.</summary>
    public static void Visit(ByteSource bytes, TensorElementType type, long offset, int count, TensorVisitor visit)
    {
        if (type == TensorElementType.Float32)
        {
            visit(bytes.GetFloats(offset, count).Span, start: 0);
            return;
        }

        var size = SizeInBytes(type);
        var buffer = ArrayPool<float>.Shared.Rent(Math.Min(count, VisitedAtOnce));
        try
        {
            for (var done = 0; done < count; done += VisitedAtOnce)
            {
                var part = buffer.AsSpan(0, Math.Min(VisitedAtOnce, count - done));
                Convert(type, bytes.GetSpan(offset + ((long)done * size), part.Length * size), part);
                visit(part, done);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
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

    private static void RoundFloat64(ReadOnlySpan<double> source, Span<float> destination)
    {
        for (var i = 0; i < source.Length; i++)
        {
            destination[i] = (float)source[i];
        }
    }
}
