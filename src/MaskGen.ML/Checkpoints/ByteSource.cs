using System.Runtime.InteropServices;

namespace MaskGen.ML.Checkpoints;

/// <summary>The bytes of a checkpoint: a file, or memory. Little-endian, as every checkpoint format here is.</summary>
/// <remarks>Safe for concurrent reads. Spans and memory are valid until it is disposed, see also <see cref="FileByteSource"/>.</remarks>
internal abstract class ByteSource : IDisposable
{
    /// <summary>Number of bytes.</summary>
    public abstract long Length { get; }

    /// <summary>A view of part of the bytes. The caller has checked that the part lies inside.</summary>
    /// <exception cref="CheckpointFormatException">The file has changed since it was opened.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public abstract ReadOnlySpan<byte> GetSpan(long offset, int length);

    public abstract void Dispose();

    /// <summary>Float32 values at an offset: a view where the address is a multiple of four, a copy otherwise.</summary>
    public ReadOnlyMemory<float> GetFloats(long offset, int count)
    {
        if (TryGetFloatView(offset, count, out var view))
        {
            return view;
        }

        var values = new float[count];
        CopyTo(offset, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Copies bytes; unlike <see cref="GetSpan"/> it does not need the length to fit an array index in bytes of the
    /// source.</summary>
    public void CopyTo(long offset, Span<byte> destination) => GetSpan(offset, destination.Length).CopyTo(destination);

    protected abstract bool TryGetFloatView(long offset, int count, out ReadOnlyMemory<float> view);
}
