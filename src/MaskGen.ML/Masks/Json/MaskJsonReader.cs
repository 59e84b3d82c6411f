using System.Text.Json;

namespace MaskGen.ML.Masks;

/// <summary>Reads what <see cref="MaskJsonWriter"/> writes, and what SAM 2 and COCO write. Memory and time are proportional to the
/// text.</summary>
internal static class MaskJsonReader
{
    /// <summary>Reads one value for a converter.</summary>
    /// <param name="reader">At the value; afterwards at its last token.</param>
    /// <param name="read">Reads the value.</param>
    /// <exception cref="JsonException">The value is not of the expected form; the message names the field.</exception>
    public static T Read<T>(ref Utf8JsonReader reader, Func<JsonField, T> read)
    {
        try
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return read(new JsonField(string.Empty, string.Empty, document.RootElement));
        }
        catch (InvalidDataException e)
        {
            throw new JsonException(e.Message, e);
        }
        catch (InvalidOperationException e)
        {
            // What .NET throws for a string that is not UTF-8, or with half of a surrogate pair.
            throw new JsonException("expected text in UTF-8, found a string that is not.", e);
        }
    }

    /// <summary>Reads width and height.</summary>
    /// <exception cref="InvalidDataException">No mask can have that size.</exception>
    public static ImageSize ReadSize(JsonField width, JsonField height)
    {
        var (columns, rows) = (width.Integer(), height.Integer());
        return columns > MaskSizes.MostPixels || rows > MaskSizes.MostPixels || columns * rows > MaskSizes.MostPixels
            ? throw width.Unlike($"at most {MaskSizes.MostPixels} pixels", $"{columns}x{rows}")
            : new ImageSize((int)columns, (int)rows);
    }

    /// <summary>Reads run lengths, COCO's compressed ones or an array of counts.</summary>
    /// <param name="segmentation"><c>{"size":[height,width],"counts":...}</c>.</param>
    /// <param name="image">The size that it must have; null for any.</param>
    /// <exception cref="InvalidDataException">It is not of this form.</exception>
    public static RunLengthEncoding ReadSegmentation(JsonField segmentation, ImageSize? image = null)
    {
        var fields = segmentation.Fields("size", "counts");
        var sides = fields[0].Items(2);
        var size = ReadSize(sides[1], sides[0]);
        if (image is { } expected && size != expected)
        {
            throw fields[0].Unlike($"[{expected.Height},{expected.Width}], the size of the image", $"[{size.Height},{size.Width}]");
        }

        return fields[1].Value.ValueKind == JsonValueKind.Array ? ReadCounts(fields[1], size) : Decode(fields[1], size);
    }

    /// <summary>Reads a record; all but <c>segmentation</c> may be missing, and then is as <see cref="MaskRecord.From"/> has it.</summary>
    /// <param name="mask">The record.</param>
    /// <param name="image">The size that the mask must have; null for any.</param>
    /// <exception cref="InvalidDataException">It is not of this form.</exception>
    public static MaskRecord ReadRecord(JsonField mask, ImageSize? image = null)
    {
        string[] names =
        [
            "segmentation", "area", "bbox", "predicted_iou", "stability_score", "crop_box",
            "point_coords", "point_labels", "box", "object_score_logit", "prompt", "label", "prompt_score",
        ];
        var fields = mask.Fields(names);
        var record = MaskRecord.From(ReadSegmentation(fields[0], image));
        if (!fields[1].IsMissing)
        {
            CheckArea(fields[1], record.Segmentation);
        }

        record = record with
        {
            BoundingBox = fields[2].IsMissing ? record.BoundingBox : ReadBox(fields[2]),
            PredictedIou = fields[3].IsMissing ? float.NaN : fields[3].Number(),
            StabilityScore = fields[4].IsMissing ? float.NaN : fields[4].Number(),
            CropBox = fields[5].IsMissing ? record.CropBox : ReadBox(fields[5]),
            ObjectScoreLogit = fields[9].Value.ValueKind == JsonValueKind.Undefined ? 0 : fields[9].NumberOrNaN(),
            Label = ReadName(fields[11]),
            PromptScore = fields[12].IsMissing ? null : fields[12].Double(),
        };
        return fields[10].IsMissing ? ReadPrompt(fields[6], fields[7], fields[8], record) : ReadPrompt(fields[10], record);
    }

    /// <summary>Reads what a mask was prompted with, <c>{"point_coords":[[x,y]],"point_labels":[1],"box":[x0,y0,x1,y1]}</c>.</summary>
    /// <exception cref="InvalidDataException">It is not of this form.</exception>
    public static MaskRecord ReadPrompt(JsonField prompt, MaskRecord record)
    {
        var fields = prompt.Fields("point_coords", "point_labels", "box");
        return ReadPrompt(fields[0], fields[1], fields[2], record);
    }

    /// <summary>Reads the coordinates of points, each in the foreground.</summary>
    /// <exception cref="InvalidDataException">They are not <c>[[x,y]]</c>.</exception>
    public static IEnumerable<PointPrompt> ReadPoints(JsonField points) => points.Items().Select(point =>
    {
        var coordinates = point.Items(2);
        return new PointPrompt(coordinates[0].Number(), coordinates[1].Number());
    });

    /// <summary>Reads <c>[x,y,width,height]</c>.</summary>
    /// <exception cref="InvalidDataException">It is not of this form.</exception>
    public static BoxXywh ReadBox(JsonField box)
    {
        var numbers = box.Items(4);
        return new BoxXywh(numbers[0].Number(), numbers[1].Number(), numbers[2].Number(), numbers[3].Number());
    }

    /// <summary>Reads a label; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is not a string, or empty.</exception>
    public static string? ReadName(JsonField label) =>
        label.IsMissing ? null : label.Text() is { Length: > 0 } text ? text : throw label.Unlike("a label with text");

    /// <summary>Compares an area with the pixels of the mask.</summary>
    /// <exception cref="InvalidDataException">They differ.</exception>
    public static void CheckArea(JsonField field, RunLengthEncoding mask)
    {
        if (field.Integer() is var area && area != mask.Area)
        {
            throw field.Unlike($"{mask.Area}, the pixels of the mask", $"{area}");
        }
    }

    private static MaskRecord ReadPrompt(JsonField coordinates, JsonField labels, JsonField box, MaskRecord record)
    {
        PointPrompt[] points = coordinates.IsMissing ? [] : [.. ReadPoints(coordinates)];
        if (!labels.IsMissing)
        {
            PointLabel[] found = [.. labels.Items().Select(ReadLabel)];
            if (found.Length != points.Length)
            {
                throw labels.Unlike($"{points.Length} labels, one per point", $"{found.Length}");
            }

            points = [.. points.Zip(found, (point, label) => point with { Label = label })];
        }

        if (box.IsMissing)
        {
            return record with { Points = points };
        }

        var corners = box.Items(4);
        return record with
        {
            Points = points,
            Box = new BoxXyxy(corners[0].Number(), corners[1].Number(), corners[2].Number(), corners[3].Number()),
        };
    }

    private static PointLabel ReadLabel(JsonField label) =>
        label.Integer() is var number and <= 1 ? (PointLabel)number : throw label.Unlike("0 (background) or 1 (foreground)");

    private static RunLengthEncoding ReadCounts(JsonField field, ImageSize size)
    {
        int[] counts = [.. field.Items().Select(count => count.Count())];
        var sum = counts.Sum(count => (long)count);
        return sum == size.PixelCount
            ? new RunLengthEncoding(size, counts)
            : throw field.Unlike($"run lengths that add up to {size.PixelCount} pixels ({size})", $"{sum}");
    }

    private static RunLengthEncoding Decode(JsonField field, ImageSize size)
    {
        try
        {
            return CocoRle.Decode(size, field.Text());
        }
        catch (FormatException e)
        {
            throw field.Error(e.Message, e);
        }
    }
}
