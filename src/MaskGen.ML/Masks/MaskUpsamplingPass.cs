using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MaskGen.ML.Masks;

/// <summary>The buffers and the loop of <see cref="MaskUpsampler"/>. Not safe for concurrent use.</summary>
internal sealed class MaskUpsamplingPass
{
    // Pixels are compared 64 at a time, so that their bits fill one word.
    private const int WordPixels = 64;

    // Interpolating rounds a few times; a block counts as beyond a cut only when it is so by more than that, relative to its largest value.
    private const float RoundingMargin = 1e-5f;

    private readonly int _size;
    private readonly ImageSize _target;
    private readonly BilinearTaps _columnTaps;
    private readonly MaskRowBlocks _rows;
    private readonly RunLengthBuilder _runs = new();

    // The logits column by column, and the range of each column within each block of rows.
    private readonly float[] _transposed;
    private readonly float[] _minimum;
    private readonly float[] _maximum;
    private ExpandedColumn _left;
    private ExpandedColumn _right;
    private long _strict;
    private long _lenient;

    public MaskUpsamplingPass(int maskSize, ImageSize target, BilinearTaps columnTaps, MaskRowBlocks rows)
    {
        _size = maskSize;
        _target = target;
        _columnTaps = columnTaps;
        _rows = rows;
        _transposed = new float[maskSize * maskSize];
        _minimum = new float[maskSize * rows.Count];
        _maximum = new float[maskSize * rows.Count];
        _left = new ExpandedColumn(target.Height + WordPixels, rows.Count);
        _right = new ExpandedColumn(target.Height + WordPixels, rows.Count);
    }

    public MeasuredMask Run(ReadOnlySpan<float> logits, MaskCut cut)
    {
        Transpose(logits);
        FindRanges();
        _left.Forget();
        _right.Forget();
        _runs.Clear();
        (_strict, _lenient) = (0, 0);
        for (var x = 0; x < _target.Width; x++)
        {
            SelectColumns(_columnTaps.First[x], _columnTaps.Second[x]);
            for (var block = 0; block < _rows.Count; block++)
            {
                AddBlock(block, _columnTaps.SecondWeight[x], cut);
            }
        }

        return new MeasuredMask((float)_strict / _lenient, _runs.ToEncoding(_target));
    }

    private void AddBlock(int block, float rightWeight, MaskCut cut)
    {
        var (start, end) = (_rows.Start(block), _rows.Start(block + 1));
        if (start == end)
        {
            return;
        }

        var (left, right) = ((_left.Column * _rows.Count) + block, (_right.Column * _rows.Count) + block);
        var minimum = Math.Min(_minimum[left], _minimum[right]);
        var maximum = Math.Max(_maximum[left], _maximum[right]);
        var margin = RoundingMargin * Math.Max(Math.Abs(minimum), Math.Abs(maximum));
        if (maximum < cut.Lenient - margin)
        {
            _runs.Append(false, end - start);
        }
        else if (minimum > cut.Strict + margin)
        {
            _runs.Append(true, end - start);
            _strict += end - start;
            _lenient += end - start;
        }
        else
        {
            _left.Expand(block, _transposed, _size, _rows);
            _right.Expand(block, _transposed, _size, _rows);
            for (var y = start; y < end; y += WordPixels)
            {
                AddWord(y, Math.Min(end - y, WordPixels), rightWeight, cut);
            }
        }
    }

    // Interpolates and compares up to 64 pixels down the column, eight at a time.
    private void AddWord(int y, int count, float rightWeight, MaskCut cut)
    {
        ref var left = ref MemoryMarshal.GetArrayDataReference(_left.Values);
        ref var right = ref MemoryMarshal.GetArrayDataReference(_right.Values);
        var (weight, rest) = (Vector256.Create(rightWeight), Vector256.Create(1 - rightWeight));
        var (strict, lenient, threshold) = (Vector256.Create(cut.Strict), Vector256.Create(cut.Lenient), Vector256.Create(cut.Threshold));
        ulong strictBits = 0, lenientBits = 0, maskBits = 0;
        for (var i = 0; i < count; i += Vector256<float>.Count)
        {
            var offset = (nuint)(y + i);
            var value = (Vector256.LoadUnsafe(ref left, offset) * rest) + (Vector256.LoadUnsafe(ref right, offset) * weight);
            strictBits |= (ulong)Vector256.GreaterThan(value, strict).ExtractMostSignificantBits() << i;
            lenientBits |= (ulong)Vector256.GreaterThan(value, lenient).ExtractMostSignificantBits() << i;
            maskBits |= (ulong)Vector256.GreaterThan(value, threshold).ExtractMostSignificantBits() << i;
        }

        // Lanes past the end of the block hold whatever the buffers hold there.
        var valid = count == WordPixels ? ulong.MaxValue : (1UL << count) - 1;
        _strict += BitOperations.PopCount(strictBits & valid);
        _lenient += BitOperations.PopCount(lenientBits & valid);
        AppendBits(maskBits & valid, count);
    }

    private void AppendBits(ulong bits, int count)
    {
        while (count > 0)
        {
            var foreground = (bits & 1) != 0;
            var length = Math.Min(BitOperations.TrailingZeroCount(foreground ? ~bits : bits), count);
            _runs.Append(foreground, length);
            bits = length < WordPixels ? bits >> length : 0;
            count -= length;
        }
    }

    private void SelectColumns(int left, int right)
    {
        if (_left.Column != left && _right.Column == left)
        {
            (_left, _right) = (_right, _left);
        }

        _left.Select(left);
        _right.Select(right);
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

    // A block's pixels lie between its own low-resolution rows and the first of the next.
    private void FindRanges()
    {
        for (var column = 0; column < _size; column++)
        {
            var values = _transposed.AsSpan(column * _size, _size);
            for (var block = 0; block < _rows.Count; block++)
            {
                var first = block * MaskRowBlocks.SourceRows;
                var (minimum, maximum) = (values[first], values[first]);
                for (var row = first + 1; row < Math.Min(first + MaskRowBlocks.SourceRows + 1, _size); row++)
                {
                    minimum = Math.Min(minimum, values[row]);
                    maximum = Math.Max(maximum, values[row]);
                }

                _minimum[(column * _rows.Count) + block] = minimum;
                _maximum[(column * _rows.Count) + block] = maximum;
            }
        }
    }

    // One low-resolution column brought to the height of the target, block by block and only where it is needed.
    private sealed class ExpandedColumn(int length, int blocks)
    {
        private readonly bool[] _isExpanded = new bool[blocks];

        public float[] Values { get; } = new float[length];

        public int Column { get; private set; } = -1;

        public void Forget() => Column = -1;

        public void Select(int column)
        {
            if (Column != column)
            {
                Column = column;
                Array.Clear(_isExpanded);
            }
        }

        public void Expand(int block, float[] transposed, int size, MaskRowBlocks rows)
        {
            if (_isExpanded[block])
            {
                return;
            }

            _isExpanded[block] = true;
            var source = transposed.AsSpan(Column * size, size);
            var taps = rows.Taps;
            for (var y = rows.Start(block); y < rows.Start(block + 1); y++)
            {
                var weight = taps.SecondWeight[y];
                Values[y] = (source[taps.First[y]] * (1 - weight)) + (source[taps.Second[y]] * weight);
            }
        }
    }
}
