using MaskGen.ML.Masks;
using MaskGen.ML.Results;

namespace MaskGen.ML.Web;

/// <summary>Changes to masks by hand: exact, on run lengths.</summary>
internal static class MaskEdits
{
    private const int MostMasks = 64;
    private const int MostCorners = 10_000;
    private const int MostStrokePoints = 2000;
    private const float LargestRadius = 4096;

    /// <summary>Corners of the circle that a brush is.</summary>
    private const int CircleCorners = 48;

    /// <summary>Makes a mask.</summary>
    /// <param name="request">What is to be done.</param>
    /// <param name="full">Size of the image.</param>
    /// <exception cref="WebProblem">The request is not one that can be done.</exception>
    public static RunLengthEncoding Apply(EditRequest request, ImageSize full)
    {
        var paint = PaintImages.SizeOf(full);
        var given = request.Masks ?? [];
        if (given.Length > MostMasks)
        {
            throw WebProblem.Bad($"masks: expected at most {MostMasks}, found {given.Length}.");
        }

        var size = given.Length == 0 ? full : SizeOf(given[0], full, paint);
        var masks = given.Select((mask, index) => Read(mask, size, $"masks[{index}]")).ToList();
        return request.Op switch
        {
            "union" => AtLeast(1).Aggregate(MaskOverlap.Union),
            "intersect" => AtLeast(1).Aggregate(MaskOverlap.Intersect),
            "subtract" => AtLeast(1).Aggregate(MaskOverlap.Subtract),
            "fill-holes" => MaskRegions.FillHoles(One(), Area(request)),
            "drop-specks" => MaskRegions.RemoveIslands(One(), Area(request)),
            "draw" => MaskOverlap.Union(OneOrNothing(), Stroke(request, full, size)),
            "erase" => MaskOverlap.Subtract(OneOrNothing(), Stroke(request, full, size)),
            "polygon" => MaskOverlap.Union(OneOrNothing(), Polygon(request, full, size)),
            "resize" => Resized(One(), full),
            _ => throw WebProblem.Bad(
                "op: expected union, subtract, intersect, fill-holes, drop-specks, draw, erase, polygon or resize, "
                + $"found '{request.Op}'."),
        };

        List<RunLengthEncoding> AtLeast(int count) =>
            masks.Count >= count ? masks : throw WebProblem.Bad($"masks: expected at least {count}, found {masks.Count}.");

        RunLengthEncoding One() => masks.Count == 1 ? masks[0] : throw WebProblem.Bad($"masks: expected one, found {masks.Count}.");

        RunLengthEncoding OneOrNothing() => masks.Count == 0 ? new SetRunBuilder(size).ToMask() : One();
    }

    private static ImageSize SizeOf(MaskText? mask, ImageSize full, ImageSize paint)
    {
        ImageSize? found = mask?.Size is [var height, var width] ? new ImageSize(width, height) : null;
        return found == full || found == paint
            ? found!.Value
            : throw WebProblem.Bad($"masks[0].size: expected [{full.Height}, {full.Width}] or [{paint.Height}, {paint.Width}].");
    }

    private static RunLengthEncoding Read(MaskText mask, ImageSize size, string where)
    {
        try
        {
            return AnnotationJson.Mask(mask, size, where);
        }
        catch (InvalidDataException e)
        {
            throw WebProblem.Bad(e.Message);
        }
    }

    private static int Area(EditRequest request) => request.MinimumArea is { } area and >= 1
        ? area
        : throw WebProblem.Bad($"minimumArea: expected 1 or more, found {request.MinimumArea?.ToString() ?? "nothing"}.");

    private static RunLengthEncoding Resized(RunLengthEncoding mask, ImageSize size)
    {
        if (mask.Size == size)
        {
            return mask;
        }

        return Resampling.Of(new MaskSet(mask.Size, [MaskRecord.From(mask)]), size)[0].Segmentation;
    }

    // A disc at each point and a rectangle along each piece.
    private static RunLengthEncoding Stroke(EditRequest request, ImageSize full, ImageSize size)
    {
        if (request.Stroke is not { Points: { Length: > 0 and <= MostStrokePoints } points, Radius: > 0 and <= LargestRadius } stroke)
        {
            throw WebProblem.Bad($"stroke: expected 1 to {MostStrokePoints} points and a radius up to {LargestRadius}.");
        }

        var (scaleX, scaleY) = (size.Width / (double)full.Width, size.Height / (double)full.Height);
        var shapes = new List<MaskPolygon>();
        for (var i = 0; i < points.Length; i++)
        {
            var at = Corner(points[i], full);
            shapes.Add(Shape(Enumerable.Range(0, CircleCorners).Select(corner =>
            {
                var angle = 2 * Math.PI * corner / CircleCorners;
                return Scaled(at.X + (stroke.Radius * Math.Cos(angle)), at.Y + (stroke.Radius * Math.Sin(angle)));
            })));
            if (i == 0)
            {
                continue;
            }

            var from = Corner(points[i - 1], full);
            var (dx, dy) = (at.X - from.X, at.Y - from.Y);
            if (Math.Sqrt((dx * dx) + (dy * dy)) is var length and > 0)
            {
                var (nx, ny) = (-dy / length * stroke.Radius, dx / length * stroke.Radius);
                shapes.Add(Shape(
                [
                    Scaled(from.X + nx, from.Y + ny), Scaled(at.X + nx, at.Y + ny),
                    Scaled(at.X - nx, at.Y - ny), Scaled(from.X - nx, from.Y - ny),
                ]));
            }
        }

        return PolygonRasterizer.Fill(shapes, size);

        PolygonPoint Scaled(double x, double y) => new(x * scaleX, y * scaleY);
    }

    private static RunLengthEncoding Polygon(EditRequest request, ImageSize full, ImageSize size)
    {
        if (request.Polygon is not { Length: >= 3 and <= MostCorners } corners)
        {
            throw WebProblem.Bad($"polygon: expected 3 to {MostCorners} corners, found {request.Polygon?.Length ?? 0}.");
        }

        var (scaleX, scaleY) = (size.Width / (double)full.Width, size.Height / (double)full.Height);
        return PolygonRasterizer.Fill(
            [Shape(corners.Select(corner => Corner(corner, full)).Select(at => new PolygonPoint(at.X * scaleX, at.Y * scaleY)))], size);
    }

    private static MaskPolygon Shape(IEnumerable<PolygonPoint> corners) => new() { Exterior = [.. corners] };

    // Far outside is a mistake, a little is a brush at the edge.
    private static (double X, double Y) Corner(float[]? corner, ImageSize full) =>
        corner is [var x, var y] && float.IsFinite(x) && float.IsFinite(y)
        && x >= -full.Width && x <= 2L * full.Width && y >= -full.Height && y <= 2L * full.Height
            ? (x, y)
            : throw WebProblem.Bad("Expected points [x, y] in pixels of the image, found another.");
}
