using MaskGen.ML.Kernels;

namespace MaskGen.ML.Inference.Decoding;

/// <summary>Runs the chunks of passes on one or more threads.</summary>
/// <param name="workers">Gives scratch memory.</param>
/// <param name="threads">Threads of one pass.</param>
/// <param name="kernels">Kernels to merge sums with.</param>
/// <param name="cancellationToken">Checked between chunks.</param>
internal sealed unsafe class PassRunner(DecoderThreads workers, int threads, PanelKernels kernels, CancellationToken cancellationToken)
{
    /// <summary>Ranges of chunks that are summed separately and then merged in order, whatever the number of threads: so the same prompt
    /// gives the same bits on every machine of the same vector width, alone or in company.</summary>
    private const int Stretches = 4;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Scratch memory until the lease is disposed.</summary>
    public ScratchLease RentArena() => workers.RentArena();

    /// <summary>Runs all chunks.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="arena">Gives the memory of the sums.</param>
    /// <returns>Sums over all image tokens, one per prompt.</returns>
    public AttentionSums[] Run(ImagePass pass, ScratchArena arena)
    {
        var stretches = Math.Min(Stretches, pass.Chunks);
        var sums = new AttentionSums[stretches][];
        for (var stretch = 0; stretch < stretches; stretch++)
        {
            sums[stretch] = pass.CreateSums(arena);
        }

        workers.ForEach(threads, stretches, cancellationToken, (stretch, scratchArena) =>
        {
            var scratch = pass.CreateScratch(scratchArena);
            for (var chunk = stretch * pass.Chunks / stretches; chunk < (stretch + 1) * pass.Chunks / stretches; chunk++)
            {
                pass.Run(chunk, sums[stretch], scratch, cancellationToken);
            }
        });
        var maxima = arena.Take(pass.Lanes);
        var factors = arena.Take(pass.Lanes);
        foreach (var others in sums.Skip(1))
        {
            for (var i = 0; i < others.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sums[0][i].Merge(kernels, others[i], maxima, factors);
            }
        }

        return sums[0];
    }
}
