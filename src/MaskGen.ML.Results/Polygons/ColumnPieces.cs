using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>The set pixels of a mask as vertical pieces, one column wide, and which of them are connected by pixel edges.</summary>
internal sealed class ColumnPieces
{
    private readonly int[] _firstOfColumn;
    private readonly DisjointSets _regions;

    public ColumnPieces(RunLengthEncoding mask)
    {
        // Only the columns that the mask reaches: an image may be as wide as numbers go.
        Pieces = [.. mask.Segments()];
        (FirstColumn, EndColumn) = Pieces.Length == 0 ? (0, 0) : (Pieces[0].Column, Pieces[^1].Column + 1);
        _firstOfColumn = new int[EndColumn - FirstColumn + 1];
        foreach (var piece in Pieces)
        {
            _firstOfColumn[piece.Column - FirstColumn + 1]++;
        }

        for (var i = 1; i < _firstOfColumn.Length; i++)
        {
            _firstOfColumn[i] += _firstOfColumn[i - 1];
        }

        _regions = new DisjointSets(Pieces.Length);
        JoinNeighbours();
    }

    /// <summary>The first column that has a piece.</summary>
    public int FirstColumn { get; }

    /// <summary>One past the last column that has a piece.</summary>
    public int EndColumn { get; }

    /// <summary>All pieces, by column, then from the top; pieces of one column never touch.</summary>
    public ColumnSegment[] Pieces { get; }

    /// <summary>The range of indices of the pieces of one column; empty for a column without any.</summary>
    public (int First, int End) InColumn(int column) => column < FirstColumn || column >= EndColumn
        ? (0, 0)
        : (_firstOfColumn[column - FirstColumn], _firstOfColumn[column - FirstColumn + 1]);

    /// <summary>The first piece of the connected region that a piece belongs to, which identifies the region.</summary>
    public int RegionOf(int piece) => _regions.Root(piece);

    private void JoinNeighbours()
    {
        for (var column = FirstColumn + 1; column < EndColumn; column++)
        {
            var (left, leftEnd) = InColumn(column - 1);
            var (right, rightEnd) = InColumn(column);
            while (left < leftEnd && right < rightEnd)
            {
                if (Pieces[left].Start < Pieces[right].End && Pieces[right].Start < Pieces[left].End)
                {
                    _regions.Join(left, right);
                }

                if (Pieces[left].End < Pieces[right].End)
                {
                    left++;
                }
                else
                {
                    right++;
                }
            }
        }
    }
}
