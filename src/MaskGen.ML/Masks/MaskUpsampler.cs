using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;

namespace MaskGen.ML.Masks;

/// <summary>Brings low-resolution mask logits to the size of a crop, and thresholds, measures and encodes them in the same pass.</summary>
/// <remarks>
/// No image of floats is made: the work goes column by column of the crop, in the order of the run lengths. Where a block of low-resolution
/// logits lies on one side of all thresholds by more than rounding, so does everything between them (interpolation never leaves the range
/// of its samples), and the block is settled without arithmetic: only the surroundings of a mask's edge are computed.
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
    /// <exception cref="ArgumentOutOfRangeException">No mask can have the size of the crop.</exception>
    public MaskUpsampler(int maskSize, ImageSize target)
    {
        MaskSizes.ThrowIfInvalid(target, nameof(target));
        _maskSize = maskSize;
        _target = target;
        _columns = new BilinearTaps(maskSize, target.Width);
        _rows = new MaskRowBlocks(maskSize, target.Height);
    }

    /// <summary>Upsamples bilinearly (align_corners false) and measures one mask.</summary>
    /// <param name="logits">float32 [S/4, S/4], row-major.</param>
    /// <param name="cut">The thresholds.</param>
    /// <exception cref="InvalidDataException">A logit is NaN or infinite.</exception>
    public MeasuredMask Measure(ReadOnlySpan<float> logits, MaskCut cut) => Measure(logits, cut, static _ => true)!.Value;

    /// <summary>As without <paramref name="isWanted"/>, but null, without having made run lengths, for a mask whose stability is not
    /// wanted.</summary>
    /// <param name="logits">float32 [S/4, S/4], row-major.</param>
    /// <param name="cut">The thresholds.</param>
    /// <param name="isWanted">Whether a mask of that stability score is wanted.</param>
    /// <exception cref="InvalidDataException">A logit is NaN or infinite: compared with the thresholds it would count as background, and
    /// the mask would have a hole or be empty.</exception>
    public MeasuredMask? Measure(ReadOnlySpan<float> logits, MaskCut cut, Func<float, bool> isWanted)
    {
        ThrowIfNotFinite(logits);
        if (!_passes.TryTake(out var pass))
        {
            pass = new MaskUpsamplingPass(_maskSize, _target, _columns, _rows);
        }

        var measured = pass.Run(logits, cut, isWanted);
        _passes.Add(pass);
        return measured;
    }

    private static void ThrowIfNotFinite(ReadOnlySpan<float> logits)
    {
        // NaN and infinity are the values whose exponent has all bits set.
        var exponent = new Vector<uint>(0x7F80_0000);
        var found = Vector<uint>.Zero;
        foreach (var bits in MemoryMarshal.Cast<float, Vector<uint>>(logits))
        {
            found |= Vector.Equals(bits & exponent, exponent);
        }

        var isFinite = found == Vector<uint>.Zero;
        foreach (var logit in logits[^(logits.Length % Vector<uint>.Count)..])
        {
            isFinite &= float.IsFinite(logit);
        }

        if (!isFinite)
        {
            throw new InvalidDataException(
                "Expected finite mask logits, found NaN or infinity: the weights of the model, the embedding or the prompt are damaged or "
                + "out of range.");
        }
    }
}
