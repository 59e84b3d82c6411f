namespace MaskGen.ML.Results;

/// <summary>The pixel edges between set and unset pixels, directed so that the set side lies to the right.</summary>
internal sealed class ContourEdges
{
    private readonly Dictionary<long, int> _byStart;
    private readonly List<ContourEdge> _edges = [];

    public ContourEdges(ColumnPieces pieces)
    {
        for (var index = 0; index < pieces.Pieces.Length; index++)
        {
            var piece = pieces.Pieces[index];
            _edges.Add(new ContourEdge(piece.Column, piece.Start, Direction.Right, 1, index));
            _edges.Add(new ContourEdge(piece.Column + 1, piece.End, Direction.Left, 1, index));
        }

        for (var line = pieces.FirstColumn; line <= pieces.EndColumn; line++)
        {
            AddBorder(pieces, line, inside: line, outside: line - 1, Direction.Up);
            AddBorder(pieces, line, inside: line - 1, outside: line, Direction.Down);
        }

        _byStart = new Dictionary<long, int>(_edges.Count);
        for (var index = 0; index < _edges.Count; index++)
        {
            _byStart.Add(Key(_edges[index].X, _edges[index].Y, _edges[index].Direction), index);
        }
    }

    /// <summary>Clockwise on the screen, so that adding 1 turns right.</summary>
    internal enum Direction
    {
        Right,
        Down,
        Left,
        Up,
    }

    public int Count => _edges.Count;

    public ContourEdge this[int index] => _edges[index];

    /// <summary>The edge that continues where one ends. Where two set pixels meet at a corner only, it stays with the pixel it came
    /// along.</summary>
    /// <param name="index">The edge to continue from.</param>
    /// <param name="meeting">Whether two pixels meet there, so that the outline may pass the corner twice.</param>
    public int Next(int index, out bool meeting)
    {
        var edge = _edges[index];
        var (x, y) = edge.End;
        var right = (Direction)(((int)edge.Direction + 1) & 3);
        var left = (Direction)(((int)edge.Direction + 3) & 3);
        if (_byStart.TryGetValue(Key(x, y, right), out var next))
        {
            meeting = _byStart.ContainsKey(Key(x, y, left));
            return next;
        }

        meeting = false;
        return _byStart.TryGetValue(Key(x, y, edge.Direction), out next) ? next : _byStart[Key(x, y, left)];
    }

    // Adds the vertical edges on one grid line where the column inside has a pixel and the column outside has none.
    private void AddBorder(ColumnPieces pieces, int line, int inside, int outside, Direction direction)
    {
        var (other, otherEnd) = pieces.InColumn(outside);
        var (first, end) = pieces.InColumn(inside);
        for (var index = first; index < end; index++)
        {
            var piece = pieces.Pieces[index];
            while (other < otherEnd && pieces.Pieces[other].End <= piece.Start)
            {
                other++;
            }

            var top = piece.Start;
            for (var cut = other; cut < otherEnd && pieces.Pieces[cut].Start < piece.End; cut++)
            {
                AddVertical(line, top, pieces.Pieces[cut].Start, direction, index);
                top = pieces.Pieces[cut].End;
            }

            AddVertical(line, top, piece.End, direction, index);
        }
    }

    private void AddVertical(int x, int top, int bottom, Direction direction, int piece)
    {
        if (bottom > top)
        {
            _edges.Add(new ContourEdge(x, direction == Direction.Down ? top : bottom, direction, bottom - top, piece));
        }
    }

    private static long Key(int x, int y, Direction direction) => ((((long)x << 31) | (uint)y) << 2) | (uint)direction;

    /// <summary>A straight piece of outline.</summary>
    /// <param name="X">Grid column of its start.</param>
    /// <param name="Y">Grid row of its start.</param>
    /// <param name="Direction">Its direction.</param>
    /// <param name="Length">Its length in pixels.</param>
    /// <param name="Piece">Index of the set piece that it borders.</param>
    internal readonly record struct ContourEdge(int X, int Y, Direction Direction, int Length, int Piece)
    {
        public (int X, int Y) End => Direction switch
        {
            Direction.Right => (X + Length, Y),
            Direction.Down => (X, Y + Length),
            Direction.Left => (X - Length, Y),
            _ => (X, Y - Length),
        };
    }
}
