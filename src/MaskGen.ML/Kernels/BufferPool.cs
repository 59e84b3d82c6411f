using System.Collections.Concurrent;

namespace MaskGen.ML.Kernels;

/// <summary>Keeps buffers of a length for the next user of the same length: fresh memory costs more to fault in than to compute
/// in.</summary>
/// <remarks>Safe for concurrent use. Rented buffers hold whatever was there before.</remarks>
internal sealed class BufferPool(int capacity) : IDisposable
{
    private readonly ConcurrentQueue<AlignedBuffer> _idle = new();
    private volatile bool _isDisposed;

    public AlignedBuffer Rent(long length)
    {
        for (var attempts = _idle.Count; attempts > 0 && _idle.TryDequeue(out var buffer); attempts--)
        {
            if (buffer.Length == length)
            {
                return buffer;
            }

            _idle.Enqueue(buffer);
        }

        return new AlignedBuffer(length);
    }

    public void Return(AlignedBuffer buffer)
    {
        _idle.Enqueue(buffer);
        while ((_idle.Count > capacity || _isDisposed) && _idle.TryDequeue(out var oldest))
        {
            oldest.Dispose();
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        while (_idle.TryDequeue(out var buffer))
        {
            buffer.Dispose();
        }
    }
}
