using System.Runtime.InteropServices;

namespace MaskGen.ML.Kernels;

/// <summary>float32 memory outside the garbage-collected heap, aligned to cache lines and cleared to zero.</summary>
/// <remarks>Kernels may read (never write) up to <see cref="Slack"/> floats past the end, so that a tile needs no exact edge.
/// A buffer that is not disposed is freed by its finalizer.</remarks>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    public const int Slack = 1024;
    private const int Alignment = 64;
    private float* _pointer;

    public AlignedBuffer(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        var bytes = (nuint)((length + Slack) * sizeof(float));
        _pointer = (float*)NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(_pointer, bytes);
    }

    ~AlignedBuffer() => Free();

    public long Length { get; }

    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public float* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer == null, this);
            return _pointer;
        }
    }

    public Span<float> AsSpan(long start, int length) => new(Pointer + start, length);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
