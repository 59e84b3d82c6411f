namespace MaskGen.ML.Masks;

/// <summary>What is known of a stretch of rows between two low-resolution columns before anything is interpolated.</summary>
internal enum MaskSectionKind
{
    /// <summary>Below all thresholds.</summary>
    Background,

    /// <summary>Above all thresholds.</summary>
    Foreground,

    /// <summary>A threshold may be crossed in it.</summary>
    Mixed,
}

/// <summary>Target rows from <paramref name="Start"/> to before <paramref name="End"/>.</summary>
internal readonly record struct MaskSection(MaskSectionKind Kind, int Start, int End);

/// <summary>Finds out which rows between two low-resolution columns need interpolating: interpolation never leaves the range of its
/// samples, so a block whose samples all lie on one side of the thresholds is settled. Not safe for concurrent use.</summary>
internal sealed class MaskStripPlan
{
    // Interpolating rounds a few times; a block counts as beyond a threshold only by more than that, relative to its largest value.
    private const float RoundingMargin = 1e-5f;

    private readonly int _size;
    private readonly MaskRowBlocks _rows;
    private readonly float[] _minimum;
    private readonly float[] _maximum;
    private readonly MaskSection[] _sections;

    public MaskStripPlan(int maskSize, MaskRowBlocks rows)
    {
        _size = maskSize;
        _rows = rows;
        _minimum = new float[maskSize * rows.Count];
        _maximum = new float[maskSize * rows.Count];
        _sections = new MaskSection[rows.Count];
    }

    /// <summary>Finds the range of every low-resolution column within every block of rows.</summary>
    /// <param name="transposed">[column, row].</param>
    public void FindRanges(ReadOnlySpan<float> transposed)
    {
        for (var column = 0; column < _size; column++)
        {
            var values = transposed.Slice(column * _size, _size);
            for (var block = 0; block < _rows.Count; block++)
            {
                // A block's pixels lie between its own low-resolution rows and the first of the next.
                var first = block * MaskRowBlocks.SourceRows;
                var (minimum, maximum) = (values[first], values[first]);
                foreach (var value in values[first..Math.Min(first + MaskRowBlocks.SourceRows + 1, _size)])
                {
                    minimum = value < minimum ? value : minimum;
                    maximum = value > maximum ? value : maximum;
                }

                _minimum[(column * _rows.Count) + block] = minimum;
                _maximum[(column * _rows.Count) + block] = maximum;
            }
        }
    }

    /// <summary>All target rows between two columns, neighbouring blocks of one kind together; valid until the next call.</summary>
    public ReadOnlySpan<MaskSection> Sections(int left, int right, MaskCut cut)
    {
        var count = 0;
        for (var block = 0; block < _rows.Count; block++)
        {
            var (start, end) = (_rows.Start(block), _rows.Start(block + 1));
            if (start == end)
            {
                continue;
            }

            var kind = Kind((left * _rows.Count) + block, (right * _rows.Count) + block, cut);
            if (count > 0 && _sections[count - 1].Kind == kind)
            {
                _sections[count - 1] = _sections[count - 1] with { End = end };
            }
            else
            {
                _sections[count++] = new MaskSection(kind, start, end);
            }
        }

        return _sections.AsSpan(0, count);
    }

    private MaskSectionKind Kind(int left, int right, MaskCut cut)
    {
        var minimum = Math.Min(_minimum[left], _minimum[right]);
        var maximum = Math.Max(_maximum[left], _maximum[right]);
        var margin = RoundingMargin * Math.Max(Math.Abs(minimum), Math.Abs(maximum));
        if (maximum < cut.Lenient - margin)
        {
            return MaskSectionKind.Background;
        }

        return minimum > cut.Strict + margin ? MaskSectionKind.Foreground : MaskSectionKind.Mixed;
    }
}
