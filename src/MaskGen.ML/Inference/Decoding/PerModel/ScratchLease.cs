using System.Collections.Concurrent;
using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Scratch memory on loan.</summary>
internal readonly struct ScratchLease : IDisposable
{
    private readonly ConcurrentBag<ScratchArena> _idle;

    public ScratchLease(ConcurrentBag<ScratchArena> idle)
    {
        _idle = idle;
        Arena = idle.TryTake(out var arena) ? arena : new ScratchArena();
        Arena.Reset();
    }

    public ScratchArena Arena { get; }

    public void Dispose() => _idle.Add(Arena);
}
