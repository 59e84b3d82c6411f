using System.Buffers;

namespace MaskGen.ML.Checkpoints;

/// <summary>Float32 values in pages of their own, for whoever they are lent to: pinned once, and gone as soon as they are
/// unpinned.</summary>
internal sealed unsafe class PrivateFloats : MemoryManager<float>
{
    private readonly int _count;
    private readonly PrivatePages _pages;

    private PrivateFloats(int count)
    {
        var bytes = (long)count * sizeof(float);
        _count = count;
        _pages = PrivatePages.TryReserve(bytes) ?? throw OutOfMemory(bytes);
        if (!_pages.TryCommit(0, bytes))
        {
            _pages.Dispose();
            throw OutOfMemory(bytes);
        }
    }

    /// <summary>Copies values; there is at least one.</summary>
    public static ReadOnlyMemory<float> Copy(ReadOnlySpan<float> values)
    {
        var copy = new PrivateFloats(values.Length);
        values.CopyTo(copy.GetSpan());
        return copy.Memory;
    }

    public override Span<float> GetSpan() => new(_pages.Pointer, _count);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_count);
        return new MemoryHandle((float*)_pages.Pointer + elementIndex, default, this);
    }

    public override void Unpin() => _pages.Dispose();

    protected override void Dispose(bool disposing) => _pages.Dispose();

    private static OutOfMemoryException OutOfMemory(long bytes) =>
        new($"There is not enough memory for the weights of a model; {bytes} bytes were asked for.");
}
