namespace MaskGen.ML.Masks;

/// <summary>Walks the runs of set pixels of a mask in column-major order without unpacking it.</summary>
/// <remarks>Runs that touch because a background run between them has length 0 come out as one; runs of length 0 are skipped.
/// Not thread-safe; each walk takes its own reader.</remarks>
internal ref struct SetRunReader
{
    private readonly ReadOnlySpan<int> _counts;
    private int _index;
    private long _position;

    public SetRunReader(RunLengthEncoding mask)
    {
        _counts = mask.Counts;
        _index = 0;
        _position = 0;
    }

    /// <summary>Column-major position of the first pixel of the run.</summary>
    public long Start { get; private set; }

    /// <summary>Column-major position one past the last pixel of the run.</summary>
    public long End { get; private set; }

    /// <summary>Goes to the next run.</summary>
    /// <returns>False at the end; <see cref="Start"/> and <see cref="End"/> then both lie past every pixel.</returns>
    public bool MoveNext()
    {
        while (_index + 1 < _counts.Length)
        {
            var start = _position + _counts[_index];
            TakePair();
            while (_position > start && _index + 1 < _counts.Length && _counts[_index] == 0)
            {
                TakePair();
            }

            if (_position > start)
            {
                (Start, End) = (start, _position);
                return true;
            }
        }

        (Start, End) = (long.MaxValue, long.MaxValue);
        return false;
    }

    private void TakePair()
    {
        _position += _counts[_index] + (long)_counts[_index + 1];
        _index += 2;
    }
}
