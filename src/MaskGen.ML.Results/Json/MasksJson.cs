using System.Text.Encodings.Web;
using System.Text.Json;
using MaskGen.ML.Files;


namespace MaskGen.ML.Results;

/// <summary>Writes masks as SAM 2's own JSON records, with COCO's compressed run lengths.</summary>
public static class MasksJson
{
    /// <summary>Version of the form, which is in the files as <c>schema_version</c>: it grows when a reader of the older form would go
    /// wrong.</summary>
    internal const int SchemaVersion = 1;

    // The compressed run lengths are full of characters that would be escaped for HTML, which this is not.
    private static readonly JsonWriterOptions WriterOptions = new() { Indented = false, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file, whose name ends in <c>.json</c>; its folder must exist.</param>
    /// <param name="image">Name of the image, as it shall stand in the file.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="masks">The masks.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="path"/> is empty or has another extension, or a coordinate of a mask is not
    /// finite.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, string image, string model, MaskSet masks)
    {
        FileNames.ThrowUnlessNamed(path, ".json");
        AtomicFile.Write(path, stream => Write(stream, image, model, masks));
    }

    /// <summary>Writes to a stream.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="image">Name of the image.</param>
    /// <param name="model">Name of the model.</param>
    /// <param name="masks">
    /// The masks. Each is one record: <c>segmentation</c> (<c>size</c> [height, width] and <c>counts</c>), <c>area</c> in pixels,
    /// <c>bbox</c> [x, y, w, h], <c>predicted_iou</c>, <c>stability_score</c> (null for an empty mask), <c>crop_box</c> [x, y, w, h], and
    /// <c>point_coords</c> [[x, y]] for a mask of the grid; for a mask of a user's prompt <c>object_score_logit</c> and <c>prompt</c> instead.
    /// After the records stand <c>generator</c>, <c>schema_version</c> and, last, <c>content</c>, a hash of all before it.
    /// </param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A coordinate of a mask is not finite.</exception>
    public static void Write(Stream stream, string image, string model, MaskSet masks) =>
        Write(stream, image, model, masks, arePrompted: false, origin: null);

    /// <summary>Writes a file of masks that a user's prompts gave, whole or not at all; otherwise as
    /// <see cref="Save(string, string, string, MaskSet)"/>.</summary>
    /// <inheritdoc cref="Save(string, string, string, MaskSet)"/>
    public static void SavePrompted(string path, string image, string model, MaskSet masks)
    {
        FileNames.ThrowUnlessNamed(path, ".json");
        AtomicFile.Write(path, stream => Write(stream, image, model, masks, arePrompted: true, origin: null));
    }

    /// <summary>Writes a file that says what its masks were made of, whole or not at all.</summary>
    internal static void Save(string path, ResultOrigin origin, MaskSet masks)
    {
        FileNames.ThrowUnlessNamed(path, ".json");
        AtomicFile.Write(path, stream => Write(stream, origin.ImageName, origin.Model, masks, origin.Mode == ResultOrigin.Prompt, origin));
    }

    /// <summary>Writes to a stream.</summary>
    internal static void Write(Stream stream, ResultOrigin origin, MaskSet masks) =>
        Write(stream, origin.ImageName, origin.Model, masks, origin.Mode == ResultOrigin.Prompt, origin);

    private static void Write(Stream stream, string image, string model, MaskSet masks, bool arePrompted, ResultOrigin? origin)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(masks);
        var hashed = new HashingStream(stream);
        using var json = new Utf8JsonWriter(hashed, WriterOptions);
        json.WriteStartObject();
        json.WriteString("image", image);
        json.WriteNumber("width", masks.ImageSize.Width);
        json.WriteNumber("height", masks.ImageSize.Height);
        json.WriteString("model", model);
        json.WriteStartArray("masks");
        for (var index = 0; index < masks.Count; index++)
        {
            WriteMask(json, masks, index, arePrompted);
            json.Flush();
        }

        json.WriteEndArray();
        WriteOrigin(json, origin);
        JsonEnd.Write(json, hashed);
    }

    // After the masks, where MasksJsonHead looks for it.
    private static void WriteOrigin(Utf8JsonWriter json, ResultOrigin? origin)
    {
        json.WriteString("generator", ResultStamp.Generator);
        json.WriteNumber("schema_version", SchemaVersion);
        if (origin is not null)
        {
            json.WriteString("mode", origin.Mode);
            json.WriteString("image_sha256", origin.ImageSha256);
            json.WriteString("model_fingerprint", origin.ModelFingerprint);
            json.WritePropertyName("settings");
            json.WriteRawValue(origin.Settings.Json);
        }
    }

    private static void WriteMask(Utf8JsonWriter json, MaskSet masks, int index, bool isPrompted)
    {
        try
        {
            WriteMask(json, masks[index], isPrompted);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException(
                $"Mask {index}: expected finite coordinates, found one that JSON has no number for.", nameof(masks), e);
        }
    }

    private static void WriteMask(Utf8JsonWriter json, MaskRecord mask, bool isPrompted)
    {
        json.WriteStartObject();
        json.WriteStartObject("segmentation");
        json.WriteStartArray("size");
        json.WriteNumberValue(mask.Segmentation.Size.Height);
        json.WriteNumberValue(mask.Segmentation.Size.Width);
        json.WriteEndArray();
        json.WriteString("counts", CocoRle.Encode(mask.Segmentation));
        json.WriteEndObject();
        json.WriteNumber("area", mask.Area);
        WriteBox(json, "bbox", mask.BoundingBox);
        WriteScore(json, "predicted_iou", mask.PredictedIou);
        WriteScore(json, "stability_score", mask.StabilityScore);

        if (isPrompted)
        {
            WriteScore(json, "object_score_logit", mask.ObjectScoreLogit);
            WritePrompt(json, mask);
        }
        else
        {
            WritePoints(json, "point_coords", mask.Points);
        }

        WriteBox(json, "crop_box", mask.CropBox);
        json.WriteEndObject();
    }

    // JSON has no NaN.
    private static void WriteScore(Utf8JsonWriter json, string name, float score)
    {
        if (float.IsFinite(score))
        {
            json.WriteNumber(name, score);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WritePrompt(Utf8JsonWriter json, MaskRecord mask)
    {
        json.WriteStartObject("prompt");
        WritePoints(json, "point_coords", mask.Points);
        WriteNumbers(json, "point_labels", [.. mask.Points.Select(point => (float)(int)point.Label)]);
        if (mask.Box is { } box)
        {
            WriteNumbers(json, "box", box.X0, box.Y0, box.X1, box.Y1);
        }

        json.WriteEndObject();
    }

    private static void WritePoints(Utf8JsonWriter json, string name, IReadOnlyList<PointPrompt> points)
    {
        json.WriteStartArray(name);
        foreach (var point in points)
        {
            json.WriteStartArray();
            json.WriteNumberValue(point.X);
            json.WriteNumberValue(point.Y);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteBox(Utf8JsonWriter json, string name, BoxXywh box) => WriteNumbers(json, name, box.X, box.Y, box.Width, box.Height);

    private static void WriteNumbers(Utf8JsonWriter json, string name, params ReadOnlySpan<float> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
