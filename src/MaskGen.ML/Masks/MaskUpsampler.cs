using System.Collections.Concurrent;

namespace MaskGen.ML.Masks;

/// <summary>Brings low-resolution mask logits to the size of a crop, and cuts, measures and encodes them in the same pass.</summary>
/// <remarks>
/// No image of floats is made: the work goes column by column of the crop, in the order of the run lengths. Where a block of low-resolution
/// logits lies beyond all cuts by more than rounding, so does everything between them (interpolation never leaves the range of its
/// samples), and the block is settled without arithmetic: only the surroundings of a mask's edge are computed.
/// Safe for concurrent use; buffers are kept for the next call.
/// </remarks>
internal sealed class MaskUpsampler
{
    private readonly int _maskSize;
    private readonly ImageSize _target;
    private readonly BilinearTaps _columns;
    private readonly MaskRowBlocks _rows;
    private readonly ConcurrentBag<MaskUpsamplingPass> _passes = [];

    /// <param name="maskSize">Side of the low-resolution grid, S/4.</param>
    /// <param name="target">Size of the crop in pixels.</param>
    public MaskUpsampler(int maskSize, ImageSize target)
    {
        _maskSize = maskSize;
        _target = target;
        _columns = new BilinearTaps(maskSize, target.Width);
        _rows = new MaskRowBlocks(maskSize, target.Height);
    }

    /// <summary>Upsamples bilinearly (align_corners false) and measures one mask.</summary>
    /// <param name="logits">float32 [S/4, S/4], row-major.</param>
    /// <param name="cut">Where to cut.</param>
    public MeasuredMask Measure(ReadOnlySpan<float> logits, MaskCut cut) => Measure(logits, cut, static _ => true)!.Value;

    /// <summary>As without <paramref name="isWanted"/>, but null, without having made run lengths, for a mask whose stability is not wanted.</summary>
    /// <param name="logits">float32 [S/4, S/4], row-major.</param>
    /// <param name="cut">Where to cut.</param>
    /// <param name="isWanted">Told the stability score.</param>
    public MeasuredMask? Measure(ReadOnlySpan<float> logits, MaskCut cut, Func<float, bool> isWanted)
    {
        if (!_passes.TryTake(out var pass))
        {
            pass = new MaskUpsamplingPass(_maskSize, _target, _columns, _rows);
        }

        var measured = pass.Run(logits, cut, isWanted);
        _passes.Add(pass);
        return measured;
    }
}
