namespace MaskGen.ML.Kernels;

/// <summary>Scratch memory that is taken piece by piece and given back all at once, so that repeated work allocates nothing.</summary>
/// <remarks>Not safe for concurrent use. Pieces hold whatever was there before: finite numbers, but not zero.</remarks>
internal sealed unsafe class ScratchArena : IDisposable
{
    private const long BlockLength = 1 << 18;
    private const long CacheLine = 16;
    private readonly List<AlignedBuffer> _blocks = [];
    private int _block;
    private long _used;

    /// <summary>float32 memory aligned to cache lines, valid until <see cref="Reset"/>.</summary>
    public float* Take(long length)
    {
        var rounded = (length + CacheLine - 1) / CacheLine * CacheLine;
        while (_block < _blocks.Count && _used + rounded > _blocks[_block].Length)
        {
            _block++;
            _used = 0;
        }

        if (_block == _blocks.Count)
        {
            _blocks.Add(new AlignedBuffer(Math.Max(rounded, BlockLength)));
        }

        var piece = _blocks[_block].Pointer + _used;
        _used += rounded;
        return piece;
    }

    /// <summary>Makes all memory available again.</summary>
    public void Reset() => (_block, _used) = (0, 0);

    public void Dispose()
    {
        foreach (var block in _blocks)
        {
            block.Dispose();
        }

        _blocks.Clear();
        Reset();
    }
}
