namespace MaskGen.ML.Masks;

/// <summary>Writes run lengths from stretches of equal pixels in column-major order. Not safe for concurrent use.</summary>
internal sealed class RunLengthBuilder
{
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
            Push(_run);
            _run = 0;
            _foreground = foreground;
        }

        _run += length;
    }

    /// <summary>The run lengths so far.</summary>
    public RunLengthEncoding ToEncoding(ImageSize size)
    {
        // The last run is written even when it is the only one and empty of change: an all-background mask is one run.
        Push(_run);
        return new RunLengthEncoding(size, _counts[.._length]);
    }

    private void Push(int run)
    {
        if (_length == _counts.Length)
        {
            Array.Resize(ref _counts, _length * 2);
        }

        _counts[_length++] = run;
    }
}
