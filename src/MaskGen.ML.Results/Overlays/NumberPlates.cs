namespace MaskGen.ML.Results;

/// <summary>Finds where to write the number of each mask: inside what is seen of it, otherwise beside it with a line to it, otherwise
/// nowhere. No plate overlaps another.</summary>
internal static class NumberPlates
{
    // A mask of which less than this part of a plate's height is seen across has no number: a line to a sliver points at nothing.
    private const double SmallestPart = 0.22;

    // And no less than this many pixels, whatever the plate's height.
    private const int FewestPixels = 4;

    // Beyond these an image is full, and lines would be a tangle: the masks of which most is seen come first.
    private const int MostBeside = 60;

    // From the mask outwards, in heights of a plate.
    private static ReadOnlySpan<double> Rings => [0.8, 1.2, 1.7, 2.3, 3];

    // So many rings farther away a plate goes rather than hide outlines under all of it.
    private const double WorthOfHidden = 12;

    // Sixteen ways, to the right and upwards first.
    private const int Ways = 16;

    /// <summary>Finds places.</summary>
    /// <param name="visible">The masks laid over each other.</param>
    /// <param name="sizeOf">Size of the plate of a mask, by its place in the set, in pixels of the image.</param>
    /// <returns>In the order of the masks; those without a place are left out.</returns>
    public static IReadOnlyList<NumberPlate> Find(VisibleMasks visible, Func<int, ImageSize> sizeOf)
    {
        var sizes = new Dictionary<int, ImageSize>();
        var (plates, narrow) = (new List<NumberPlate>(), new List<(int Mask, PixelPlace Anchor)>());
        var (inside, deepest) = (Inside(visible, CellsOf), Deepest(visible));
        foreach (var (mask, anchor) in deepest.OrderBy(place => place.Key))
        {
            if (inside.TryGetValue(mask, out var center))
            {
                plates.Add(Plate(visible, mask, SizeOf(mask), center, anchor: null));
            }
            else if (Across(visible, anchor) >= Math.Max(FewestPixels, SmallestPart * SizeOf(mask).Height))
            {
                narrow.Add((mask, anchor));
            }
        }

        var taken = new TakenCells(visible);
        plates.ForEach(plate => taken.Add(plate));
        narrow.ForEach(place => taken.AddAnchor(place.Anchor));
        foreach (var (mask, anchor) in narrow.OrderByDescending(place => Across(visible, place.Anchor)).Take(MostBeside))
        {
            if (Beside(visible, taken, mask, SizeOf(mask), anchor) is { } plate)
            {
                plates.Add(plate);
                taken.Add(plate);
            }
        }

        return [.. plates.OrderBy(plate => plate.Mask)];

        ImageSize SizeOf(int mask) => sizes.TryGetValue(mask, out var size) ? size : sizes[mask] = sizeOf(mask);

        ImageSize CellsOf(int mask) => new(Cells(visible, SizeOf(mask).Width), Cells(visible, SizeOf(mask).Height));
    }

    // As many cells as a length may touch, an odd number so that there is one in the middle.
    private static int Cells(VisibleMasks visible, int pixels) => (2 * (int)Math.Ceiling(pixels / visible.Step / 2)) + 1;

    // The deepest cell of each mask.
    private static Dictionary<int, PixelPlace> Deepest(VisibleMasks visible)
    {
        var places = new Dictionary<int, PixelPlace>();
        for (var y = 0; y < visible.Size.Height; y++)
        {
            for (var x = 0; x < visible.Size.Width; x++)
            {
                var mask = visible[x, y];
                if (mask >= 0 && (!places.TryGetValue(mask, out var best) || Depth(visible, x, y) > Depth(visible, best.X, best.Y)))
                {
                    places[mask] = new PixelPlace(x, y);
                }
            }
        }

        return places;
    }

    // Of each mask the deepest cell around which a whole plate shows nothing but that mask: half a plate of it to both sides, in as many
    // rows after each other as a plate is high.
    private static Dictionary<int, PixelPlace> Inside(VisibleMasks visible, Func<int, ImageSize> cellsOf)
    {
        var (width, height) = (visible.Size.Width, visible.Size.Height);
        var places = new Dictionary<int, PixelPlace>();
        var (rows, labels, sides) = (new int[width], new int[width], new int[width]);
        for (var y = 0; y < height; y++)
        {
            MeasureSides(visible, y, sides);
            for (var x = 0; x < width; x++)
            {
                var mask = visible[x, y];
                var plate = mask < 0 ? default : cellsOf(mask);
                rows[x] = mask < 0 || sides[x] <= plate.Width / 2 ? 0 : labels[x] == mask ? rows[x] + 1 : 1;
                labels[x] = mask;
                var middle = y - (plate.Height / 2);
                if (mask >= 0
                    && rows[x] >= plate.Height
                    && (!places.TryGetValue(mask, out var best) || Depth(visible, x, middle) > Depth(visible, best.X, best.Y)))
                {
                    places[mask] = new PixelPlace(x, middle);
                }
            }
        }

        return places;
    }

    // For each cell of a row how many of its mask follow each other to the nearer side, itself included.
    private static void MeasureSides(VisibleMasks visible, int y, int[] sides)
    {
        for (var x = 0; x < sides.Length; x++)
        {
            sides[x] = x > 0 && visible[x - 1, y] == visible[x, y] ? sides[x - 1] + 1 : 1;
        }

        for (var (x, run) = (sides.Length - 1, 0); x >= 0; x--)
        {
            run = x < sides.Length - 1 && visible[x + 1, y] == visible[x, y] ? run + 1 : 1;
            sides[x] = Math.Min(sides[x], run);
        }
    }

    // The place around a mask that is free, near, and hides least of other masks.
    private static NumberPlate? Beside(VisibleMasks visible, TakenCells taken, int mask, ImageSize size, PixelPlace anchor)
    {
        var (best, least) = ((NumberPlate?)null, double.MaxValue);
        var room = Depth(visible, anchor.X, anchor.Y);
        for (var ring = 0; ring < Rings.Length; ring++)
        {
            for (var way = 0; way < Ways; way++)
            {
                var angle = ((way / 2 * (way % 2 == 0 ? 1 : -1)) - 2) * 2 * Math.PI / Ways;
                var (right, down) = (Math.Cos(angle), Math.Sin(angle));
                var away = room + (Rings[ring] * size.Height / visible.Step);
                var center = new PixelPlace(
                    (int)Math.Round(anchor.X + (right * (away + (size.Width / visible.Step / 2)))),
                    (int)Math.Round(anchor.Y + (down * (away + (size.Height / visible.Step / 2)))));
                var plate = Plate(visible, mask, size, center, anchor);
                var cost = ring + (WorthOfHidden * taken.CostOf(plate, mask));
                if (cost < least)
                {
                    (best, least) = (plate, cost.Value);
                }
            }
        }

        return best;
    }

    // From cells to pixels; a plate beside a mask may stick out of the image, which is for the caller to refuse.
    private static NumberPlate Plate(VisibleMasks visible, int mask, ImageSize size, PixelPlace center, PixelPlace? anchor)
    {
        var (x, y) = Pixel(visible, center);
        var plate = new NumberPlate(mask, x - (size.Width / 2), y - (size.Height / 2), size, null);
        return anchor is { } cell ? plate with { Anchor = new PixelPlace(Pixel(visible, cell).X, Pixel(visible, cell).Y) } : plate;
    }

    private static (int X, int Y) Pixel(VisibleMasks visible, PixelPlace cell) => (
        (int)((cell.X + 0.5) * visible.Image.Width / visible.Size.Width),
        (int)((cell.Y + 0.5) * visible.Image.Height / visible.Size.Height));

    // Pixels that what is seen of a mask measures at its widest.
    private static double Across(VisibleMasks visible, PixelPlace anchor) => ((2 * Depth(visible, anchor.X, anchor.Y)) - 1) * visible.Step;

    private static int Depth(VisibleMasks visible, int x, int y) => visible.Depths[(y * visible.Size.Width) + x];
}
