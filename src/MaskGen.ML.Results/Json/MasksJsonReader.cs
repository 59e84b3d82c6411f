using System.Text.Json;

namespace MaskGen.ML.Results;

/// <summary>Reads what <see cref="MasksJson"/> writes. Strict: every field must be as it was written, and areas and boxes those of their
/// masks. Memory and time stay in proportion to the file.</summary>
internal static class MasksJsonReader
{
    /// <summary>The longest file that is read.</summary>
    public const int MaximumBytes = 1 << 30;

    private const int MaximumDepth = 16;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not of this form; the message names the file, the field, what was expected and what
    /// was found.</exception>
    public static MasksFile Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length > MaximumBytes)
        {
            throw new InvalidDataException($"{path}: expected at most {MaximumBytes} bytes of masks, found {stream.Length}.");
        }

        var bytes = new byte[stream.Length];
        return Parse(bytes.AsMemory(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)), path);
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">UTF-8, with or without a byte order mark.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <exception cref="InvalidDataException">They are not of this form.</exception>
    public static MasksFile Parse(ReadOnlyMemory<byte> bytes, string source)
    {
        if (bytes.Span.StartsWith(ByteOrderMark))
        {
            bytes = bytes[ByteOrderMark.Length..];
        }

        try
        {
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaximumDepth });
            return ReadRoot(new JsonField(source, string.Empty, json.RootElement));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{source}: expected JSON, found something else at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.", e);
        }
        catch (InvalidOperationException e)
        {
            // What .NET throws for a string of bytes that are no UTF-8, or with half of a surrogate pair.
            throw new InvalidDataException($"{source}: expected text in UTF-8, found a string that is not.", e);
        }
    }

    private static MasksFile ReadRoot(JsonField root)
    {
        var fields = root.Fields("image", "width", "height", "model", "masks");
        var (image, width, height, model, masks) = (
            fields[0].Text(), fields[1].Integer(), fields[2].Integer(), fields[3].Text(), fields[4]);

        // Run lengths are 32-bit numbers.
        if (width > int.MaxValue || height > int.MaxValue || width * height > int.MaxValue)
        {
            throw fields[1].Unlike($"at most {int.MaxValue} pixels", $"{width}x{height}");
        }

        var stamp = ReadStamp(root, image, model);
        var size = new ImageSize((int)width, (int)height);
        return new MasksFile(image, model, new MaskSet(size, [.. masks.Items().Select(mask => ReadMask(mask, size))]), stamp);
    }

    private static ResultStamp? ReadStamp(JsonField root, string image, string model)
    {
        var fields = root.Fields("generator", "schema_version", "mode", "image_sha256", "model_fingerprint", "settings");
        if (!fields[1].IsMissing && fields[1].Integer(1) is var version && version > MasksJson.SchemaVersion)
        {
            throw fields[1].Unlike($"at most {MasksJson.SchemaVersion} (a newer version of this library reads more)", $"{version}");
        }

        return MasksJsonHead.ToStamp(fields, image, model);
    }

    private static MaskRecord ReadMask(JsonField mask, ImageSize image)
    {
        string[] names =
        [
            "segmentation", "area", "bbox", "predicted_iou", "stability_score", "crop_box",
            "point_coords", "object_score_logit", "prompt",
        ];
        var fields = mask.Fields(names);
        var segmentation = ReadSegmentation(fields[0], image);
        if (fields[1].Integer() is var area && area != segmentation.Area)
        {
            throw fields[1].Unlike($"{segmentation.Area}, the pixels of the mask", $"{area}");
        }

        var box = ReadBox(fields[2]);
        if (box != segmentation.BoundingBox().ToXywh())
        {
            throw fields[2].Unlike($"{segmentation.BoundingBox().ToXywh()}, the box of the mask", $"{box}");
        }

        var record = new MaskRecord
        {
            Segmentation = segmentation,
            BoundingBox = box,
            PredictedIou = fields[3].NumberOrNaN(),
            StabilityScore = fields[4].NumberOrNaN(),
            CropBox = ReadBox(fields[5]),
        };
        return fields[8].IsMissing
            ? record with { Points = [.. ReadPoints(fields[6])] }
            : ReadPrompt(fields[8], record) with { ObjectScoreLogit = fields[7].NumberOrNaN() };
    }

    private static RunLengthEncoding ReadSegmentation(JsonField segmentation, ImageSize image)
    {
        var fields = segmentation.Fields("size", "counts");
        var size = fields[0].Items(2);
        if (size[0].Integer() != image.Height || size[1].Integer() != image.Width)
        {
            throw fields[0].Unlike($"[{image.Height},{image.Width}], the size of the image", fields[0].Value.GetRawText());
        }

        try
        {
            return CocoRle.Decode(fields[1].Text(), image);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{fields[1].Source}: {fields[1].Path}: {e.Message}", e);
        }
    }

    private static MaskRecord ReadPrompt(JsonField prompt, MaskRecord record)
    {
        var fields = prompt.Fields("point_coords", "point_labels", "box");
        var places = ReadPoints(fields[0]).ToList();
        var labels = fields[1].Items().Select(ReadLabel).ToList();
        if (labels.Count != places.Count)
        {
            throw fields[1].Unlike($"{places.Count} labels, one per point", $"{labels.Count}");
        }

        PointPrompt[] points = [.. places.Zip(labels, (place, label) => place with { Label = label })];
        if (fields[2].IsMissing)
        {
            return record with { Points = points };
        }

        var box = fields[2].Items(4);
        return record with { Points = points, Box = new BoxXyxy(box[0].Number(), box[1].Number(), box[2].Number(), box[3].Number()) };
    }

    private static PointLabel ReadLabel(JsonField label) =>
        label.Integer() is var number and <= 1 ? (PointLabel)number : throw label.Unlike("0 (background) or 1 (foreground)");

    private static IEnumerable<PointPrompt> ReadPoints(JsonField points) => points.Items().Select(point =>
    {
        var coordinates = point.Items(2);
        return new PointPrompt(coordinates[0].Number(), coordinates[1].Number());
    });

    private static BoxXywh ReadBox(JsonField box)
    {
        var numbers = box.Items(4);
        return new BoxXywh(numbers[0].Number(), numbers[1].Number(), numbers[2].Number(), numbers[3].Number());
    }
}
