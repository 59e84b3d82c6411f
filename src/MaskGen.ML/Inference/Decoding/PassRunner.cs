using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Runs the blocks of passes on one or more threads.</summary>
/// <param name="workers">Gives scratch memory.</param>
/// <param name="threads">Threads of one pass.</param>
/// <param name="kernels">Kernels to merge sums with.</param>
/// <param name="cancellationToken">Looked at between blocks.</param>
internal sealed unsafe class PassRunner(Workers workers, int threads, PanelKernels kernels, CancellationToken cancellationToken)
{
    /// <summary>Scratch memory until the lease is disposed.</summary>
    public ArenaLease RentArena() => workers.RentArena();

    /// <summary>Runs all blocks.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="arena">Gives the memory of the sums.</param>
    /// <returns>Sums over all image tokens, one per prompt.</returns>
    public AttentionSums[] Run(ImagePass pass, ScratchArena arena)
    {
        var sums = new AttentionSums[threads][];
        for (var worker = 0; worker < threads; worker++)
        {
            sums[worker] = pass.CreateSums(arena);
        }

        var next = -1;
        Workers.Run(threads, cancellationToken, worker =>
        {
            using var lease = RentArena();
            var scratch = pass.CreateScratch(lease.Arena);
            for (var block = Interlocked.Increment(ref next); block < pass.Blocks; block = Interlocked.Increment(ref next))
            {
                cancellationToken.ThrowIfCancellationRequested();
                pass.Run(block, sums[worker], scratch);
            }
        });
        Merge(sums, arena.Take(pass.Lanes));
        return sums[0];
    }

    private void Merge(AttentionSums[][] sums, float* factors)
    {
        foreach (var others in sums.Skip(1))
        {
            for (var i = 0; i < others.Length; i++)
            {
                // A worker that came too late for any block has nothing to add.
                if (!others[i].IsEmpty)
                {
                    sums[0][i].Merge(kernels, others[i], factors);
                }
            }
        }
    }
}
