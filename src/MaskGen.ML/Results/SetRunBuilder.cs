namespace MaskGen.ML.Results;

/// <summary>Puts a mask together from its runs of set pixels, given in column-major order.</summary>
internal sealed class SetRunBuilder(ImageSize size)
{
    private readonly List<int> _counts = [];
    private long _end;

    /// <summary>Adds a run; one that touches or overlaps the end of the last lengthens it, an empty one is ignored.</summary>
    /// <param name="start">Column-major position of the first pixel, not before the start of the last run.</param>
    /// <param name="end">One past the last pixel.</param>
    public void Add(long start, long end)
    {
        if (end <= start || end <= _end)
        {
            return;
        }

        if (_counts.Count > 0 && start <= _end)
        {
            _counts[^1] += (int)(end - _end);
        }
        else
        {
            _counts.Add((int)(start - _end));
            _counts.Add((int)(end - start));
        }

        _end = end;
    }

    /// <summary>The mask; its counts alternate, no run but the first is empty, and they add up to the pixels of the image.</summary>
    public RunLengthEncoding ToMask()
    {
        var rest = (int)(size.PixelCount - _end);
        if (rest > 0 || _counts.Count == 0)
        {
            _counts.Add(rest);
        }

        return new RunLengthEncoding(size, _counts.ToArray());
    }
}
