namespace MaskGen.ML.Results;

/// <summary>The set pixels of a mask as vertical pieces, one column wide, and which of them hang together by pixel edges.</summary>
internal sealed class ColumnPieces
{
    private readonly int[] _firstOfColumn;
    private readonly int[] _parents;

    public ColumnPieces(RunLengthEncoding mask)
    {
        Width = mask.Size.Width;
        Pieces = [.. Split(mask)];
        _firstOfColumn = new int[Width + 1];
        foreach (var piece in Pieces)
        {
            _firstOfColumn[piece.Column + 1]++;
        }

        for (var column = 0; column < Width; column++)
        {
            _firstOfColumn[column + 1] += _firstOfColumn[column];
        }

        _parents = [.. Enumerable.Range(0, Pieces.Length)];
        JoinNeighbours();
    }

    /// <summary>Number of columns of the image.</summary>
    public int Width { get; }

    /// <summary>All pieces, by column, then from the top; pieces of one column never touch.</summary>
    public Piece[] Pieces { get; }

    /// <summary>The range of indices of the pieces of one column; empty for a column outside the image.</summary>
    public (int First, int End) InColumn(int column) =>
        column < 0 || column >= Width ? (0, 0) : (_firstOfColumn[column], _firstOfColumn[column + 1]);

    /// <summary>The first piece of the connected region that a piece belongs to: its name.</summary>
    public int RegionOf(int piece)
    {
        while (_parents[piece] != piece)
        {
            _parents[piece] = _parents[_parents[piece]];
            piece = _parents[piece];
        }

        return piece;
    }

    private static IEnumerable<Piece> Split(RunLengthEncoding mask)
    {
        var height = mask.Size.Height;
        var pieces = new List<Piece>();
        var runs = new SetRunReader(mask);
        while (runs.MoveNext())
        {
            for (var position = runs.Start; position < runs.End;)
            {
                var (column, top) = Math.DivRem(position, height);
                var end = Math.Min(runs.End, (column + 1) * height);
                pieces.Add(new Piece((int)column, (int)top, (int)(end - (column * height))));
                position = end;
            }
        }

        return pieces;
    }

    private void JoinNeighbours()
    {
        for (var column = 1; column < Width; column++)
        {
            var (left, leftEnd) = InColumn(column - 1);
            var (right, rightEnd) = InColumn(column);
            while (left < leftEnd && right < rightEnd)
            {
                if (Pieces[left].Top < Pieces[right].Bottom && Pieces[right].Top < Pieces[left].Bottom)
                {
                    Join(left, right);
                }

                if (Pieces[left].Bottom < Pieces[right].Bottom)
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

    private void Join(int first, int second)
    {
        (first, second) = (RegionOf(first), RegionOf(second));
        _parents[Math.Max(first, second)] = Math.Min(first, second);
    }

    /// <summary>Set pixels of one column, one below the other.</summary>
    /// <param name="Column">Their column.</param>
    /// <param name="Top">The first row.</param>
    /// <param name="Bottom">One past the last row.</param>
    internal readonly record struct Piece(int Column, int Top, int Bottom);
}
