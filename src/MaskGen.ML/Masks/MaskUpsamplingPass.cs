using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MaskGen.ML.Masks;

/// <summary>The buffers and the loop of <see cref="MaskUpsampler"/>. Not safe for concurrent use.</summary>
/// <remarks>
/// Columns of the target that lie between the same two low-resolution columns are a strip. Down a strip the logits of every target row are
/// brought to full height once, as the left value and the difference to the right one; each of the strip's columns is then one
/// multiplication and one addition per pixel.
/// </remarks>
internal sealed class MaskUpsamplingPass
{
    // Pixels are compared 64 at a time, so that their bits fill one word.
    private const int WordPixels = 64;

    private readonly int _size;
    private readonly ImageSize _target;
    private readonly BilinearTaps _columns;
    private readonly MaskRowBlocks _rows;
    private readonly RunLengthBuilder _runs = new();
    private readonly MaskStripPlan _plan;

    // The logits column by column.
    private readonly float[] _transposed;

    // Of the current strip, per target row: the left logit, and the right one less the left.
    private readonly float[] _left;
    private readonly float[] _difference;

    // Weight of the second low-resolution row, per target row; longer than the target so that vectors may reach past its end.
    private readonly float[] _rowWeights;
    private long _strict;
    private long _lenient;

    public MaskUpsamplingPass(int maskSize, ImageSize target, BilinearTaps columns, MaskRowBlocks rows)
    {
        _size = maskSize;
        _target = target;
        _columns = columns;
        _rows = rows;
        _plan = new MaskStripPlan(maskSize, rows);
        _transposed = new float[maskSize * maskSize];
        _left = new float[target.Height + WordPixels];
        _difference = new float[target.Height + WordPixels];
        _rowWeights = [.. rows.Taps.SecondWeight, .. new float[WordPixels]];
    }

    public MeasuredMask? Run(ReadOnlySpan<float> logits, MaskCut cut, Func<float, bool> isWanted)
    {
        Transpose(logits);
        _plan.FindRanges(_transposed);
        _runs.Clear();
        (_strict, _lenient) = (0, 0);
        for (int x = 0, end; x < _target.Width; x = end)
        {
            var (left, right) = (_columns.First[x], _columns.Second[x]);
            end = x + 1;
            while (end < _target.Width && _columns.First[end] == left)
            {
                end++;
            }

            AddStrip(left, right, x, end, cut);
        }

        var stability = (float)_strict / _lenient;
        return isWanted(stability) ? new MeasuredMask(stability, _runs.ToEncoding(_target)) : null;
    }

    private void AddStrip(int left, int right, int start, int end, MaskCut cut)
    {
        var sections = _plan.Sections(left, right, cut);
        foreach (var section in sections)
        {
            if (section.Kind == MaskSectionKind.Mixed)
            {
                Expand(left, right, section.Start, section.End);
            }
        }

        for (var x = start; x < end; x++)
        {
            foreach (var section in sections)
            {
                var length = section.End - section.Start;
                switch (section.Kind)
                {
                    case MaskSectionKind.Background:
                        _runs.Append(false, length);
                        break;
                    case MaskSectionKind.Foreground:
                        _runs.Append(true, length);
                        _strict += length;
                        _lenient += length;
                        break;
                    default:
                        AddMixed(section.Start, section.End, _columns.SecondWeight[x], cut);
                        break;
                }
            }
        }
    }

    // Between two low-resolution rows the values lie on a line: eight target rows at a time, of which those past the pair are written again
    // with the next pair, or are never read.
    private void Expand(int left, int right, int start, int end)
    {
        var leftColumn = _transposed.AsSpan(left * _size, _size);
        var rightColumn = _transposed.AsSpan(right * _size, _size);
        var taps = _rows.Taps;
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_rowWeights);
        ref var leftValues = ref MemoryMarshal.GetArrayDataReference(_left);
        ref var differences = ref MemoryMarshal.GetArrayDataReference(_difference);
        for (int y = start, next; y < end; y = next)
        {
            var (first, second) = (taps.First[y], taps.Second[y]);
            next = Math.Min(_rows.RowsEnd(first), end);
            var value = Vector256.Create(leftColumn[first]);
            var slope = Vector256.Create(leftColumn[second] - leftColumn[first]);
            var difference = Vector256.Create(rightColumn[first] - leftColumn[first]);
            var differenceSlope = Vector256.Create(rightColumn[second] - rightColumn[first]) - slope;
            for (var row = y; row < next; row += Vector256<float>.Count)
            {
                var weight = Vector256.LoadUnsafe(ref weights, (nuint)row);
                (value + (weight * slope)).StoreUnsafe(ref leftValues, (nuint)row);
                (difference + (weight * differenceSlope)).StoreUnsafe(ref differences, (nuint)row);
            }
        }
    }

    private void AddMixed(int start, int end, float rightWeight, MaskCut cut)
    {
        // Lanes past the end of the section hold whatever the buffers hold there.
        for (var y = start; y < end; y += WordPixels)
        {
            var count = Math.Min(end - y, WordPixels);
            var valid = ulong.MaxValue >> (WordPixels - count);
            var (strict, lenient, mask) = Vector512.IsHardwareAccelerated
                ? Compare512(y, rightWeight, cut)
                : Compare256(y, count, rightWeight, cut);
            _strict += BitOperations.PopCount(strict & valid);
            _lenient += BitOperations.PopCount(lenient & valid);
            _runs.AppendBits(mask & valid, count);
        }
    }

    // Interpolates 64 pixels down the column and compares them with the three thresholds; bit i is row y + i.
    private (ulong Strict, ulong Lenient, ulong Mask) Compare512(int y, float rightWeight, MaskCut cut)
    {
        var weight = Vector512.Create(rightWeight);
        ref var left = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_left), y);
        ref var difference = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_difference), y);
        var first = Vector512.LoadUnsafe(ref left) + (weight * Vector512.LoadUnsafe(ref difference));
        var second = Vector512.LoadUnsafe(ref left, 16) + (weight * Vector512.LoadUnsafe(ref difference, 16));
        var third = Vector512.LoadUnsafe(ref left, 32) + (weight * Vector512.LoadUnsafe(ref difference, 32));
        var fourth = Vector512.LoadUnsafe(ref left, 48) + (weight * Vector512.LoadUnsafe(ref difference, 48));
        return (Above(cut.Strict), Above(cut.Lenient), Above(cut.Threshold));

        ulong Above(float value)
        {
            var bound = Vector512.Create(value);
            return Vector512.GreaterThan(first, bound).ExtractMostSignificantBits()
                | (Vector512.GreaterThan(second, bound).ExtractMostSignificantBits() << 16)
                | (Vector512.GreaterThan(third, bound).ExtractMostSignificantBits() << 32)
                | (Vector512.GreaterThan(fourth, bound).ExtractMostSignificantBits() << 48);
        }
    }

    // The same for up to 64 pixels with vectors of half the length, which every machine has or emulates.
    private (ulong Strict, ulong Lenient, ulong Mask) Compare256(int y, int count, float rightWeight, MaskCut cut)
    {
        ref var left = ref MemoryMarshal.GetArrayDataReference(_left);
        ref var difference = ref MemoryMarshal.GetArrayDataReference(_difference);
        var weight = Vector256.Create(rightWeight);
        var (strictCut, lenientCut) = (Vector256.Create(cut.Strict), Vector256.Create(cut.Lenient));
        var threshold = Vector256.Create(cut.Threshold);
        ulong strict = 0, lenient = 0, mask = 0;
        for (var i = 0; i < count; i += Vector256<float>.Count)
        {
            var value = Vector256.LoadUnsafe(ref left, (nuint)(y + i)) + (weight * Vector256.LoadUnsafe(ref difference, (nuint)(y + i)));
            strict |= (ulong)Vector256.GreaterThan(value, strictCut).ExtractMostSignificantBits() << i;
            lenient |= (ulong)Vector256.GreaterThan(value, lenientCut).ExtractMostSignificantBits() << i;
            mask |= (ulong)Vector256.GreaterThan(value, threshold).ExtractMostSignificantBits() << i;
        }

        return (strict, lenient, mask);
    }

    private void Transpose(ReadOnlySpan<float> logits)
    {
        // In tiles, so that both sides stay in the nearest cache.
        const int Tile = 16;
        for (var top = 0; top < _size; top += Tile)
        {
            for (var left = 0; left < _size; left += Tile)
            {
                for (var y = top; y < Math.Min(top + Tile, _size); y++)
                {
                    for (var x = left; x < Math.Min(left + Tile, _size); x++)
                    {
                        _transposed[(x * _size) + y] = logits[(y * _size) + x];
                    }
                }
            }
        }
    }
}
