using System.Collections.Concurrent;
using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Runs the blocks of passes on one or more workers, and lends scratch memory.</summary>
/// <param name="workers">Workers of one pass.</param>
/// <param name="arenas">Where idle scratch memory waits.</param>
/// <param name="kernels">Kernels to merge sums with.</param>
/// <param name="cancellationToken">Looked at between blocks.</param>
internal sealed class PassRunner(int workers, ConcurrentBag<ScratchArena> arenas, PanelKernels kernels, CancellationToken cancellationToken)
{
    /// <summary>Scratch memory until the lease is disposed.</summary>
    public ArenaLease RentArena() => new(arenas);

    /// <summary>Runs all blocks.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="arena">Gives the memory of the sums.</param>
    /// <returns>Sums over all image tokens, one per prompt.</returns>
    public AttentionSums[] Run(ImagePass pass, ScratchArena arena)
    {
        var sums = pass.CreateSums(arena);
        if (workers == 1)
        {
            using var lease = RentArena();
            var scratch = pass.CreateScratch(lease.Arena);
            for (var block = 0; block < pass.Blocks; block++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                pass.Run(block, sums, scratch);
            }

            return sums;
        }

        RunInParallel(pass, sums, arena);
        return sums;
    }

    private unsafe void RunInParallel(ImagePass pass, AttentionSums[] sums, ScratchArena arena)
    {
        var next = -1;
        var partial = new AttentionSums[workers][];
        for (var worker = 0; worker < workers; worker++)
        {
            partial[worker] = worker == 0 ? sums : pass.CreateSums(arena);
        }

        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken }, worker =>
        {
            using var lease = RentArena();
            var scratch = pass.CreateScratch(lease.Arena);
            for (var block = Interlocked.Increment(ref next); block < pass.Blocks; block = Interlocked.Increment(ref next))
            {
                cancellationToken.ThrowIfCancellationRequested();
                pass.Run(block, partial[worker], scratch);
            }
        });
        var factors = arena.Take(pass.Lanes);
        for (var worker = 1; worker < workers; worker++)
        {
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i].Merge(kernels, partial[worker][i], factors);
            }
        }
    }
}

/// <summary>Scratch memory on loan.</summary>
internal readonly struct ArenaLease : IDisposable
{
    private readonly ConcurrentBag<ScratchArena> _idle;

    public ArenaLease(ConcurrentBag<ScratchArena> idle)
    {
        _idle = idle;
        Arena = idle.TryTake(out var arena) ? arena : new ScratchArena();
        Arena.Reset();
    }

    public ScratchArena Arena { get; }

    public void Dispose() => _idle.Add(Arena);
}
