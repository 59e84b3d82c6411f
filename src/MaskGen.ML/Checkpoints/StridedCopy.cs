namespace MaskGen.ML.Checkpoints;

/// <summary>Puts the elements of a strided tensor into row-major order.</summary>
internal static class StridedCopy
{
    // Elements are gathered as they are stored and widened so many at a time.
    private const int Step = 4096;

    /// <summary>Copies and widens.</summary>
    /// <param name="bytes">Holds the storage.</param>
    /// <param name="type">Type of the stored elements.</param>
    /// <param name="start">First byte of the storage.</param>
    /// <param name="tensor">Lies inside the storage.</param>
    /// <returns>The tensor's elements, row-major.</returns>
    public static float[] Gather(ByteSource bytes, TensorElementType type, long start, TorchTensor tensor)
    {
        var size = TensorElements.SizeInBytes(type);
        Span<byte> stored = stackalloc byte[Step * size];
        Span<int> index = stackalloc int[tensor.Shape.Length];
        var position = tensor.Offset;
        var values = new float[tensor.Count];
        for (var done = 0; done < values.Length; done += Step)
        {
            var part = values.AsSpan(done, Math.Min(Step, values.Length - done));
            for (var i = 0; i < part.Length; i++)
            {
                bytes.GetSpan(start + (position * size), size).CopyTo(stored[(i * size)..]);
                position += Advance(tensor, index);
            }

            TensorElements.Widen(type, stored[..(part.Length * size)], part);
        }

        return values;
    }

    /// <summary>Counts on like an odometer and says how far, in elements, that moves in the storage.</summary>
    private static long Advance(TorchTensor tensor, Span<int> index)
    {
        var moved = 0L;
        for (var d = index.Length - 1; d >= 0; d--)
        {
            moved += tensor.Strides[d];
            if (++index[d] < tensor.Shape[d])
            {
                break;
            }

            // This dimension is full: back to its first element, and one on in the dimension before.
            moved -= tensor.Shape[d] * tensor.Strides[d];
            index[d] = 0;
        }

        return moved;
    }
}
