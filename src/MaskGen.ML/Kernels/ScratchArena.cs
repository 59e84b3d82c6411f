namespace MaskGen.ML.Kernels;

/// <summary>Scratch memory that is taken piece by piece and given back all at once, so that repeated work allocates nothing.</summary>
/// <remarks>Not safe for concurrent use. Pieces hold whatever was there before: finite numbers, but not zero.</remarks>
internal sealed unsafe class ScratchArena : IDisposable
{
    private const long BufferLength = 1 << 18;
    private const long CacheLine = 16;
    private readonly List<AlignedBuffer> _buffers = [];
    private int _buffer;
    private long _used;

    /// <summary>float32 memory aligned to cache lines, valid until <see cref="Reset"/>.</summary>
    public float* Take(long length)
    {
        var rounded = (length + CacheLine - 1) / CacheLine * CacheLine;
        while (_buffer < _buffers.Count && _used + rounded > _buffers[_buffer].Length)
        {
            _buffer++;
            _used = 0;
        }

        if (_buffer == _buffers.Count)
        {
            _buffers.Add(new AlignedBuffer(Math.Max(rounded, BufferLength)));
        }

        var piece = _buffers[_buffer].Pointer + _used;
        _used += rounded;
        return piece;
    }

    /// <summary>Makes all memory available again.</summary>
    public void Reset() => (_buffer, _used) = (0, 0);

    public void Dispose()
    {
        foreach (var buffer in _buffers)
        {
            buffer.Dispose();
        }

        _buffers.Clear();
        Reset();
    }
}
