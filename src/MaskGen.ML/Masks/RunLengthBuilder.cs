using System.Numerics;

namespace MaskGen.ML.Masks;

/// <summary>Writes run lengths from stretches of equal pixels in column-major order. Not safe for concurrent use.</summary>
internal sealed class RunLengthBuilder
{
    private const int WordBits = 64;
    private int[] _counts = new int[256];
    private int _length;
    private int _run;
    private bool _foreground;

    /// <summary>Begins a new mask, with background.</summary>
    public void Clear()
    {
        _length = 0;
        _run = 0;
        _foreground = false;
    }

    /// <summary>The next <paramref name="length"/> pixels are all foreground, or all background.</summary>
    public void Append(bool foreground, int length)
    {
        if (foreground != _foreground && length > 0)
        {
            Reserve(1);
            _counts[_length++] = _run;
            _run = 0;
            _foreground = foreground;
        }

        _run += length;
    }

    /// <summary>The next pixels, one bit each from the lowest on; set is foreground.</summary>
    /// <param name="bits">Bits from <paramref name="count"/> on are 0.</param>
    /// <param name="count">1 to 64.</param>
    public void AppendBits(ulong bits, int count)
    {
        Reserve(WordBits);

        // A bit that differs from the one before begins a run.
        var changes = bits ^ ((bits << 1) | (_foreground ? 1UL : 0UL));
        changes &= ulong.MaxValue >> (WordBits - count);
        var (counts, length, last) = (_counts, _length, -_run);
        while (changes != 0)
        {
            var position = BitOperations.TrailingZeroCount(changes);
            counts[length++] = position - last;
            last = position;
            changes &= changes - 1;
        }

        _foreground = (bits >> (count - 1) & 1) != 0;
        _run = count - last;
        _length = length;
    }

    /// <summary>The run lengths so far.</summary>
    public RunLengthEncoding ToEncoding(ImageSize size)
    {
        // The last run is written even when it is the only one and empty of change: an all-background mask is one run.
        Reserve(1);
        _counts[_length++] = _run;
        return new RunLengthEncoding(size, _counts[.._length]);
    }

    private void Reserve(int count)
    {
        if (_length + count > _counts.Length)
        {
            Array.Resize(ref _counts, Math.Max(_length + count, _counts.Length * 2));
        }
    }
}
