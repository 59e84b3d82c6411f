using System.Diagnostics;

namespace MaskGen.ML.Masks;

/// <summary>Puts a mask together from its runs of set pixels, given in column-major order.</summary>
internal sealed class SetRunBuilder
{
    private readonly RunLengthBuilder _runs = new();
    private readonly ImageSize _size;
    private long _end;

    /// <param name="size">Size of the mask.</param>
    /// <exception cref="ArgumentOutOfRangeException">No mask can have that size.</exception>
    public SetRunBuilder(ImageSize size)
    {
        MaskSizes.ThrowIfInvalid(size, nameof(size));
        _size = size;
    }

    /// <summary>Adds a run; one that touches or overlaps the end of the last lengthens it, an empty one is ignored.</summary>
    /// <param name="start">Column-major position of the first pixel, not before the start of the last run.</param>
    /// <param name="end">One past the last pixel, at most the number of pixels.</param>
    public void Add(long start, long end)
    {
        if (end <= start || end <= _end)
        {
            return;
        }

        Debug.Assert(start >= 0 && end <= _size.PixelCount, "A run lies inside its mask.");
        start = Math.Max(start, _end);
        _runs.Append(false, (int)(start - _end));
        _runs.Append(true, (int)(end - start));
        _end = end;
    }

    /// <summary>The mask; its counts alternate, no run but the first is empty, and they add up to the pixels of the image.</summary>
    public RunLengthEncoding ToMask()
    {
        _runs.Append(false, (int)(_size.PixelCount - _end));
        return _runs.ToEncoding(_size);
    }
}
