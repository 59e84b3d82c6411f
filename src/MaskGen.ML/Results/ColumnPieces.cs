using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>The set pixels of a mask as vertical pieces, one column wide, and which of them hang together by pixel edges.</summary>
internal sealed class ColumnPieces
{
    private readonly int[] _firstOfColumn;
    private readonly DisjointSets _regions;

    public ColumnPieces(RunLengthEncoding mask)
    {
        Width = mask.Size.Width;
        Pieces = [.. mask.Segments()];
        _firstOfColumn = new int[Width + 1];
        foreach (var piece in Pieces)
        {
            _firstOfColumn[piece.Column + 1]++;
        }

        for (var column = 0; column < Width; column++)
        {
            _firstOfColumn[column + 1] += _firstOfColumn[column];
        }

        _regions = new DisjointSets(Pieces.Length);
        JoinNeighbours();
    }

    /// <summary>Number of columns of the image.</summary>
    public int Width { get; }

    /// <summary>All pieces, by column, then from the top; pieces of one column never touch.</summary>
    public ColumnSegment[] Pieces { get; }

    /// <summary>The range of indices of the pieces of one column; empty for a column outside the image.</summary>
    public (int First, int End) InColumn(int column) =>
        column < 0 || column >= Width ? (0, 0) : (_firstOfColumn[column], _firstOfColumn[column + 1]);

    /// <summary>The first piece of the connected region that a piece belongs to: its name.</summary>
    public int RegionOf(int piece) => _regions.Root(piece);

    private void JoinNeighbours()
    {
        for (var column = 1; column < Width; column++)
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
