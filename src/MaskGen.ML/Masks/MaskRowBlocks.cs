namespace MaskGen.ML.Masks;

/// <summary>The rows of an upsampled mask, in blocks that lie between the same few low-resolution rows.</summary>
internal sealed class MaskRowBlocks
{
    /// <summary>Low-resolution rows that begin in one block.</summary>
    public const int SourceRows = 8;

    private readonly int[] _starts;
    private readonly int[] _rowsEnd;

    public MaskRowBlocks(int sourceSize, int targetSize)
    {
        Taps = new BilinearTaps(sourceSize, targetSize);
        Count = (sourceSize + SourceRows - 1) / SourceRows;
        _starts = new int[Count + 1];
        var row = 0;
        for (var block = 0; block < Count; block++)
        {
            _starts[block] = row;
            while (row < targetSize && Taps.First[row] < (block + 1) * SourceRows)
            {
                row++;
            }
        }

        _starts[Count] = targetSize;
        _rowsEnd = new int[sourceSize];
        for (var y = 0; y < targetSize; y++)
        {
            _rowsEnd[Taps.First[y]] = y + 1;
        }
    }

    public BilinearTaps Taps { get; }

    public int Count { get; }

    /// <summary>One past the last target row that lies between a low-resolution row and the next.</summary>
    public int RowsEnd(int sourceRow) => _rowsEnd[sourceRow];

    /// <summary>First target row of a block; the block ends where the next begins, and may be empty when the target is small.</summary>
    public int Start(int block) => _starts[block];
}
