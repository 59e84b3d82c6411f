using MaskGen.ML.Masks;
using SkiaSharp;

namespace MaskGen.ML.Results;

/// <summary>Reads the annotations of the labelling tool LabelMe: polygons, rectangles, circles and masks. Shapes of one group and label are
/// one mask; shapes without an area (points and lines) are passed over.</summary>
internal static class LabelMeReader
{
    // Of the outline that stands for a circle; LabelMe fills it likewise.
    private const int CircleCorners = 360;

    /// <summary>Reads a file.</summary>
    /// <param name="root">All of it.</param>
    /// <returns>Name of the image, as the file has it, and its masks in the order of their first shapes.</returns>
    /// <exception cref="InvalidDataException">It is not of this form.</exception>
    public static (string ImagePath, MaskSet Masks) Read(JsonField root)
    {
        var fields = root.Fields("shapes", "imagePath", "imageWidth", "imageHeight");
        var size = MaskJsonReader.ReadSize(fields[2], fields[3]);
        var masks = new List<MaskRecord>();
        var placeOfGroup = new Dictionary<(string Label, long Group), int>();
        foreach (var shape in fields[0].Items())
        {
            var parts = shape.Fields(
                "label", "points", "group_id", "shape_type", "mask", "predicted_iou", "stability_score", "prompt_score");
            if (ReadShape(parts[1], parts[3], parts[4], size) is not { } mask)
            {
                continue;
            }

            if (!parts[2].IsMissing)
            {
                var group = (parts[0].Text(), parts[2].Integer(long.MinValue));
                if (placeOfGroup.TryGetValue(group, out var place))
                {
                    var joined = MaskOverlap.Union(masks[place].Segmentation, mask);
                    masks[place] = masks[place] with { Segmentation = joined, BoundingBox = joined.BoundingBox };
                    continue;
                }

                placeOfGroup.Add(group, masks.Count);
            }

            masks.Add(MaskRecord.From(mask) with
            {
                PredictedIou = Score(parts[5]),
                StabilityScore = Score(parts[6]),
                Label = MaskClass.LabelOf(parts[0].Text()),
                PromptScore = parts[7].IsMissing ? null : parts[7].Double(),
            });
        }

        return (fields[1].Text(), new MaskSet(size, masks));
    }

    private static float Score(JsonField field) => field.IsMissing ? float.NaN : field.Number();

    private static RunLengthEncoding? ReadShape(JsonField points, JsonField type, JsonField mask, ImageSize size)
    {
        PolygonPoint[] corners = [.. points.Items().Select(ReadPoint)];
        var kind = type.IsMissing ? "polygon" : type.Text();
        return kind switch
        {
            "polygon" when corners.Length < 3 => throw points.Unlike("three corners or more", $"{corners.Length}"),
            "polygon" => Fill(points, corners, size),
            "rectangle" => Fill(points, Rectangle(Pair(points, corners)), size),
            "circle" => Fill(points, Circle(Pair(points, corners)), size),
            "mask" => ReadMask(mask, points, Pair(points, corners), size),
            _ => null,
        };
    }

    private static PolygonPoint ReadPoint(JsonField point)
    {
        var numbers = point.Items(2);
        return new PolygonPoint(Coordinate(numbers[0]), Coordinate(numbers[1]));
    }

    // Filling costs as much as the shape is wide, so none may lie far outside of any image.
    private static double Coordinate(JsonField field) =>
        field.Double() is var number && Math.Abs(number) <= int.MaxValue ? number : throw field.Unlike("a coordinate of an image");

    private static PolygonPoint[] Pair(JsonField points, PolygonPoint[] corners) =>
        corners.Length == 2 ? corners : throw points.Unlike("two points", $"{corners.Length}");

    private static PolygonPoint[] Rectangle(PolygonPoint[] corners) =>
        [corners[0], new(corners[1].X, corners[0].Y), corners[1], new(corners[0].X, corners[1].Y)];

    // The centre, and a point on the circle.
    private static PolygonPoint[] Circle(PolygonPoint[] points)
    {
        var radius = Math.Sqrt(Math.Pow(points[1].X - points[0].X, 2) + Math.Pow(points[1].Y - points[0].Y, 2));
        return
        [
            .. Enumerable.Range(0, CircleCorners).Select(step =>
            {
                var (sine, cosine) = Math.SinCos(2 * Math.PI * step / CircleCorners);
                return new PolygonPoint(points[0].X + (radius * cosine), points[0].Y + (radius * sine));
            }),
        ];
    }

    private static RunLengthEncoding Fill(JsonField points, PolygonPoint[] corners, ImageSize size)
    {
        var polygon = new MaskPolygon { Exterior = corners };
        var crossings = PolygonRasterizer.CountCrossings(polygon, size.Width);
        const long Most = CocoDatasetReader.MostCrossingsOfAnnotation;
        return crossings > Most
            ? throw points.Unlike($"a polygon whose sides span at most {Most} columns", $"{crossings}")
            : MaskPolygons.ToMask(size, [polygon]);
    }

    // The pixels between two corners, the last included, as a PNG in base64.
    private static RunLengthEncoding ReadMask(JsonField mask, JsonField points, PolygonPoint[] corners, ImageSize size)
    {
        byte[] png;
        try
        {
            png = Convert.FromBase64String(mask.Text());
        }
        catch (FormatException e)
        {
            throw mask.Error("expected a PNG in base64, found something else.", e);
        }

        var (left, top) = ((int)corners[0].X, (int)corners[0].Y);
        var (width, height) = ((int)corners[1].X - left + 1, (int)corners[1].Y - top + 1);
        if (left < 0 || top < 0 || width < 1 || height < 1 || width > size.Width - left || height > size.Height - top)
        {
            throw points.Unlike($"corners of a part of the image ({size})");
        }

        // Decoded it takes four bytes a pixel, whatever the length of the text.
        if ((long)width * height > ImageLoadOptions.DefaultMaximumPixels)
        {
            throw points.Unlike($"corners of at most {ImageLoadOptions.DefaultMaximumPixels} pixels", $"{width}x{height}");
        }

        using var codec = SKCodec.Create(new MemoryStream(png)) ?? throw mask.Error("expected a PNG in base64, found something else.");
        if ((codec.Info.Width, codec.Info.Height) != (width, height))
        {
            throw mask.Unlike($"a PNG of {width}x{height} pixels, as its corners say", $"{codec.Info.Width}x{codec.Info.Height}");
        }

        using var bitmap = SKBitmap.Decode(codec, new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul))
            ?? throw mask.Error("expected a whole PNG, found a damaged one.");
        var pixels = bitmap.GetPixelSpan();
        var runs = new RunLengthBuilder();
        for (var x = 0; x < width; x++)
        {
            for (var y = 0; y < height; y++)
            {
                runs.Append(pixels[(y * bitmap.RowBytes) + (x * 4)] != 0, 1);
            }
        }

        return runs.ToEncoding(new ImageSize(width, height)).PlaceIn(size, left, top);
    }
}
