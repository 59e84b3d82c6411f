namespace MaskGen.ML.Checkpoints;

/// <summary>Puts the elements of a strided tensor into row-major order.</summary>
internal static class StridedCopy
{
    // Elements are gathered as they are stored and converted so many at a time.
    private const int Step = 4096;

    // The part of the storage that a tensor spans is read at once where it is not far larger than the tensor.
    private const int LargestSpanFactor = 4;
    private const int FreeSpan = 1 << 16;

    /// <summary>Copies and converts.</summary>
    /// <param name="bytes">Holds the storage.</param>
    /// <param name="type">Type of the stored elements.</param>
    /// <param name="start">First byte of the storage.</param>
    /// <param name="tensor">Lies inside the storage.</param>
    /// <returns>The tensor's elements, row-major.</returns>
    public static float[] Gather(ByteSource bytes, TensorElementType type, long start, TorchTensor tensor)
    {
        var size = TensorElements.SizeInBytes(type);
        var values = new float[tensor.Count];
        if (values.Length == 0)
        {
            return values;
        }

        var first = start + (tensor.Offset * size);
        var spanned = (LastElement(tensor) + 1) * size;
        var atOnce = spanned <= Math.Min(FreeSpan + (LargestSpanFactor * tensor.Count * size), Array.MaxLength);
        var storage = atOnce ? bytes.GetSpan(first, (int)spanned) : default;
        Span<byte> stored = new byte[Step * size];
        Span<int> index = new int[tensor.Shape.Length];
        var position = 0L;
        for (var done = 0; done < values.Length; done += Step)
        {
            var part = values.AsSpan(done, Math.Min(Step, values.Length - done));
            for (var i = 0; i < part.Length; i++)
            {
                var element = atOnce ? storage.Slice((int)(position * size), size) : bytes.GetSpan(first + (position * size), size);
                element.CopyTo(stored[(i * size)..]);
                position += Advance(tensor, index);
            }

            TensorElements.Convert(type, stored[..(part.Length * size)], part);
        }

        return values;
    }

    /// <summary>How far the last element lies behind the first, in elements.</summary>
    private static long LastElement(TorchTensor tensor)
    {
        var last = 0L;
        for (var d = 0; d < tensor.Shape.Length; d++)
        {
            last += (tensor.Shape[d] - 1) * tensor.Strides[d];
        }

        return last;
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
