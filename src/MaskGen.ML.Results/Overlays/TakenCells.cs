namespace MaskGen.ML.Results;

/// <summary>What marks, plates, the lines to them and the masks that they are for have taken of an image.</summary>
/// <param name="visible">The masks laid over each other; its cells are what is taken.</param>
internal sealed class TakenCells(VisibleMasks visible)
{
    private const double MarginsPerHeight = 8;

    private readonly bool[] _taken = Marked(visible);

    /// <summary>Takes a plate and its line.</summary>
    public void Add(NumberPlate plate)
    {
        var (left, top, right, bottom) = CellsOf(plate);
        for (var y = Math.Max(0, top); y <= Math.Min(bottom, visible.Size.Height - 1); y++)
        {
            for (var x = Math.Max(0, left); x <= Math.Min(right, visible.Size.Width - 1); x++)
            {
                _taken[(y * visible.Size.Width) + x] = true;
            }
        }

        // Twice as wide as it is, or two slanting lines could pass between each other's cells.
        foreach (var (x, y) in Line(plate))
        {
            _taken[(y * visible.Size.Width) + x] = true;
            _taken[(y * visible.Size.Width) + Math.Min(x + 1, visible.Size.Width - 1)] = true;
        }
    }

    /// <summary>Takes the middle of a mask whose number is to stand beside it, so that no other number hides it.</summary>
    /// <param name="cell">The cell.</param>
    public void AddAnchor(PixelPlace cell) => _taken[(cell.Y * visible.Size.Width) + cell.X] = true;

    /// <summary>What a plate with its line would hide.</summary>
    /// <param name="plate">The plate.</param>
    /// <param name="mask">The mask that it is for.</param>
    /// <returns>The part of its cells where another thing begins, or that are of its own mask; null if it does not lie inside the image, or
    /// something is there already.</returns>
    public double? CostOf(NumberPlate plate, int mask)
    {
        if (plate.Left < 0 || plate.Top < 0 || plate.Right > visible.Image.Width || plate.Bottom > visible.Image.Height)
        {
            return null;
        }

        var (left, top, right, bottom) = CellsOf(plate);
        (left, top) = (Math.Max(0, left), Math.Max(0, top));
        (right, bottom) = (Math.Min(right, visible.Size.Width - 1), Math.Min(bottom, visible.Size.Height - 1));
        var hidden = 0;
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                if (_taken[(y * visible.Size.Width) + x])
                {
                    return null;
                }

                hidden += visible[x, y] == mask || visible.Depths[(y * visible.Size.Width) + x] == 1 ? 1 : 0;
            }
        }

        // The first cells are the mask's own anchor.
        return Line(plate).Skip(2).Any(cell => _taken[(cell.Y * visible.Size.Width) + cell.X])
            ? null
            : hidden / (double)((right - left + 1) * (bottom - top + 1));
    }

    private static bool[] Marked(VisibleMasks visible)
    {
        var taken = new bool[visible.Size.PixelCount];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = visible[i % visible.Size.Width, i / visible.Size.Width] == VisibleMasks.Marked;
        }

        return taken;
    }

    // With some cells more on every side, so that plates keep apart.
    private (int Left, int Top, int Right, int Bottom) CellsOf(NumberPlate plate)
    {
        var margin = 1 + (int)(plate.Size.Height / MarginsPerHeight / visible.Step);
        return (
            (int)(plate.Left / visible.Step) - margin,
            (int)(plate.Top / visible.Step) - margin,
            (int)((plate.Right - 1) / visible.Step) + margin,
            (int)((plate.Bottom - 1) / visible.Step) + margin);
    }

    // From the anchor to the plate, without the plate.
    private IEnumerable<(int X, int Y)> Line(NumberPlate plate)
    {
        if (plate.Anchor is not { } anchor)
        {
            yield break;
        }

        var end = plate.NearestTo(anchor);
        var (fromX, fromY) = (anchor.X / visible.Step, anchor.Y / visible.Step);
        var (toX, toY) = (end.X / visible.Step, end.Y / visible.Step);
        var steps = (int)Math.Ceiling(Math.Max(Math.Abs(toX - fromX), Math.Abs(toY - fromY)));
        for (var step = 0; step < steps; step++)
        {
            var (x, y) = (fromX + ((toX - fromX) * step / steps), fromY + ((toY - fromY) * step / steps));
            yield return (Math.Min((int)x, visible.Size.Width - 1), Math.Min((int)y, visible.Size.Height - 1));
        }
    }
}
