using System.Collections.Concurrent;
using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Threads and scratch memory of a decoder. Safe for concurrent use.</summary>
/// <param name="threads">Threads of one call.</param>
internal sealed class DecoderThreads(int threads) : IDisposable
{
    private readonly ConcurrentBag<ScratchArena> _idle = [];

    public int Threads => threads;

    /// <summary>Scratch memory until the lease is disposed.</summary>
    public ScratchLease RentArena() => new(_idle);

    /// <summary>Runs independent pieces of work on as many threads as there are.</summary>
    /// <param name="count">Number of pieces.</param>
    /// <param name="cancellationToken">Checked between pieces.</param>
    /// <param name="work">Gets the index of a piece, and scratch memory that is its own while it runs.</param>
    public void ForEach(int count, CancellationToken cancellationToken, Action<int, ScratchArena> work) =>
        ForEach(threads, count, cancellationToken, work);

    /// <summary>Runs independent pieces of work on some threads. What a piece throws is thrown as it is.</summary>
    public void ForEach(int workers, int count, CancellationToken cancellationToken, Action<int, ScratchArena> work)
    {
        var next = -1;
        var side = Math.Min(workers, count);
        ParallelWork.For(side, side, cancellationToken, _ =>
        {
            using var lease = RentArena();
            for (var index = Interlocked.Increment(ref next); index < count; index = Interlocked.Increment(ref next))
            {
                cancellationToken.ThrowIfCancellationRequested();
                lease.Arena.Reset();
                work(index, lease.Arena);
            }
        });
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var arena))
        {
            arena.Dispose();
        }
    }
}
