using System.Text.Json;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Results;

/// <summary>Reads what <see cref="MasksJson"/> writes. Strict: every field must be as it was written, and areas those of their masks.
/// Memory and time are proportional to the file.</summary>
internal static class MasksJsonReader
{
    /// <summary>The longest file that is read.</summary>
    public const int MaximumBytes = 1 << 30;

    private const int MaximumDepth = 16;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a file of a run, whose boxes are those of their masks.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not of this form; the message names the file, the field, what was expected and what
    /// was found.</exception>
    public static MasksFile Read(string path) => Parse(BoundedInput.ReadFile(path, MaximumBytes), path);

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">UTF-8, with or without a byte order mark.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <param name="checksBoxes">Whether to compare the boxes with the masks, which a user may have given boxes of their own.</param>
    /// <exception cref="InvalidDataException">They are not of this form.</exception>
    public static MasksFile Parse(ReadOnlyMemory<byte> bytes, string source, bool checksBoxes = true) =>
        ParseJson(bytes, source, root => ReadRoot(root, checksBoxes));

    /// <summary>Parses JSON and reads it.</summary>
    /// <param name="bytes">UTF-8, with or without a byte order mark.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <param name="read">Reads the document.</param>
    /// <exception cref="InvalidDataException">It is not JSON, or has a string that is not UTF-8.</exception>
    internal static T ParseJson<T>(ReadOnlyMemory<byte> bytes, string source, Func<JsonField, T> read)
    {
        if (bytes.Span.StartsWith(ByteOrderMark))
        {
            bytes = bytes[ByteOrderMark.Length..];
        }

        try
        {
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaximumDepth });
            return read(new JsonField(source, string.Empty, json.RootElement));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{source}: expected JSON, found something else at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.", e);
        }
        catch (InvalidOperationException e)
        {
            // What .NET throws for a string that is not UTF-8, or with half of a surrogate pair.
            throw new InvalidDataException($"{source}: expected text in UTF-8, found a string that is not.", e);
        }
    }

    private static MasksFile ReadRoot(JsonField root, bool checksBoxes)
    {
        // First: what a newer form changes must not be reported as damage.
        CheckVersion(root);
        var fields = root.Fields("image", "width", "height", "model", "masks", "image_path");
        var (image, size, model) = (fields[0].Text(), MaskJsonReader.ReadSize(fields[1], fields[2]), fields[3].Text());
        var stamp = ReadStamp(root, image, model);
        return new MasksFile(
            image, model, new MaskSet(size, [.. fields[4].Items().Select(mask => ReadMask(mask, size, checksBoxes))]), stamp)
        {
            ImagePath = fields[5].IsMissing ? null : fields[5].Text(),
        };
    }

    private static void CheckVersion(JsonField root)
    {
        var field = root.Fields("schema_version")[0];
        if (!field.IsMissing && field.Integer(1) is var version && version > MasksJson.SchemaVersion)
        {
            throw field.Unlike($"at most {MasksJson.SchemaVersion} (a newer version of this library reads more)", $"{version}");
        }
    }

    private static ResultStamp? ReadStamp(JsonField root, string image, string model) => MasksJsonHead.ToStamp(
        root.Fields("generator", "schema_version", "mode", "image_sha256", "model_fingerprint", "settings"), image, model);

    private static MaskRecord ReadMask(JsonField mask, ImageSize image, bool checksBoxes)
    {
        string[] names =
        [
            "segmentation", "area", "bbox", "predicted_iou", "stability_score", "crop_box",
            "point_coords", "object_score_logit", "prompt", "label", "prompt_score",
        ];
        var fields = mask.Fields(names);
        var segmentation = MaskJsonReader.ReadSegmentation(fields[0], image);
        MaskJsonReader.CheckArea(fields[1], segmentation);
        var box = MaskJsonReader.ReadBox(fields[2]);
        if (checksBoxes && box != segmentation.BoundingBox)
        {
            throw fields[2].Unlike($"{segmentation.BoundingBox}, the box of the mask", $"{box}");
        }

        var record = new MaskRecord
        {
            Segmentation = segmentation,
            BoundingBox = box,
            PredictedIou = fields[3].NumberOrNaN(),
            StabilityScore = fields[4].NumberOrNaN(),
            CropBox = MaskJsonReader.ReadBox(fields[5]),
            Label = MaskJsonReader.ReadName(fields[9]),
            PromptScore = fields[10].IsMissing ? null : fields[10].Double(),
        };
        return fields[8].IsMissing
            ? record with { Points = [.. MaskJsonReader.ReadPoints(fields[6])] }
            : ReadPrompt(fields[8], record) with { ObjectScoreLogit = fields[7].NumberOrNaN() };
    }

    private static MaskRecord ReadPrompt(JsonField prompt, MaskRecord record)
    {
        // Both are always written.
        foreach (var field in prompt.Fields("point_coords", "point_labels"))
        {
            if (field.IsMissing)
            {
                throw field.Unlike("an array");
            }
        }

        return MaskJsonReader.ReadPrompt(prompt, record);
    }
}
