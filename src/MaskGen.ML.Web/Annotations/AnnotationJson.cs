using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MaskGen.ML.Web;

/// <summary>Reads and writes annotations, and refuses what could not be written as any other format later.</summary>
internal static class AnnotationJson
{
    public const int MostObjects = 10_000;
    public const int MostPoints = 1024;

    private const int LongestLabel = 200;
    private const int LongestId = 64;
    private const int MostLabels = 1000;

    private static readonly string[] Sources = ["prompt", "everything", "brush", "polygon", "merged", "file"];

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        // Run lengths are full of characters that would be escaped for HTML, which this is not.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        RespectNullableAnnotations = false,
        MaxDepth = 16,
    };

    private static readonly JsonSerializerOptions FileOptions = new(Options) { NewLine = "\n", WriteIndented = false };

    /// <summary>Writes a document.</summary>
    public static byte[] Write(AnnotationDocument document) => JsonSerializer.SerializeToUtf8Bytes(document, FileOptions);

    /// <summary>Reads a document.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="source">What it is, for messages.</param>
    /// <exception cref="InvalidDataException">It is none, or a later version.</exception>
    public static AnnotationDocument Read(ReadOnlySpan<byte> json, string source)
    {
        AnnotationDocument? document;
        try
        {
            document = JsonSerializer.Deserialize<AnnotationDocument>(json, Options);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{source}: expected annotations as JSON, found something else at {e.Path ?? "the beginning"}.", e);
        }

        if (document?.Format != AnnotationDocument.FormatName)
        {
            throw new InvalidDataException($"{source}: expected \"format\": \"{AnnotationDocument.FormatName}\", found another file.");
        }

        return document.Version is >= 1 and <= AnnotationDocument.CurrentVersion
            ? document
            : throw new InvalidDataException(
                $"{source}: expected version {AnnotationDocument.CurrentVersion} at most, found {document.Version}: "
                + "a newer maskgen reads it.");
    }

    /// <summary>Checks a document against its image.</summary>
    /// <param name="document">The document.</param>
    /// <param name="size">Size of the image.</param>
    /// <returns>The same with nothing but what belongs in a file.</returns>
    /// <exception cref="InvalidDataException">A value is not what it should be; the message names it.</exception>
    public static AnnotationDocument Checked(AnnotationDocument document, ImageSize size)
    {
        Require(
            (document.Width, document.Height) == (size.Width, size.Height),
            $"width and height: expected those of the image, {size}, found {document.Width}x{document.Height}");
        Require(document.State is "edited" or "accepted", $"state: expected edited or accepted, found '{document.State}'");
        var labels = document.Labels ?? [];
        Require(labels.Count <= MostLabels, $"labels: expected at most {MostLabels}, found {labels.Count}");
        foreach (var label in labels)
        {
            CheckLabel(label, "labels");
        }

        var objects = document.Objects ?? [];
        Require(objects.Count <= MostObjects, $"objects: expected at most {MostObjects}, found {objects.Count}");
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < objects.Count; i++)
        {
            Check(objects[i], $"objects[{i}]", size, ids);
        }

        return document with { FromFile = null };
    }

    /// <summary>The masks of a document, with labels and prompts.</summary>
    /// <exception cref="InvalidDataException">A mask is not one of the image.</exception>
    public static MaskSet Masks(AnnotationDocument document)
    {
        var size = new ImageSize(document.Width, document.Height);
        return new MaskSet(size, [.. (document.Objects ?? []).Select(one => Record(one, size))]);
    }

    /// <summary>A document of masks that come from elsewhere.</summary>
    public static IReadOnlyList<AnnotatedObject> Objects(MaskSet masks, string source) =>
        [.. masks.Select((mask, index) => new AnnotatedObject
    {
        Id = $"{source}-{index + 1}",
        Label = mask.Label,
        Segmentation = MaskText.Of(mask.Segmentation),
        Iou = Finite(mask.PredictedIou),
        Stability = Finite(mask.StabilityScore),
        Points = [.. mask.Points.Select(point => new[] { point.X, point.Y })],
        PointLabels = [.. mask.Points.Select(point => (int)point.Label)],
        Box = mask.Box is { } box ? [box.X0, box.Y0, box.X1, box.Y1] : null,
        Source = source,
        Visible = true,
    })];

    /// <summary>A number that JSON has; null for any other.</summary>
    public static float? Finite(float value) => float.IsFinite(value) ? value : null;

    /// <summary>Reads a mask.</summary>
    /// <exception cref="InvalidDataException">It is none of that size.</exception>
    public static RunLengthEncoding Mask(MaskText? text, ImageSize size, string where)
    {
        var found = text?.Size is null ? "none" : $"[{string.Join(", ", text.Size)}]";
        Require(
            text?.Size is [var height, var width] && (width, height) == (size.Width, size.Height) && text.Counts is not null,
            $"{where}: expected a mask of size [{size.Height}, {size.Width}], found {found}");
        try
        {
            return CocoRle.Decode(size, text!.Counts!);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{where}.counts: {e.Message}", e);
        }
    }

    private static MaskRecord Record(AnnotatedObject one, ImageSize size) =>
        MaskRecord.From(Mask(one.Segmentation, size, "segmentation")) with
    {
        Label = one.Label,
        PredictedIou = one.Iou ?? float.NaN,
        StabilityScore = one.Stability ?? float.NaN,
        Points =
        [
            .. (one.Points ?? []).Zip(
                one.PointLabels ?? [], (point, label) => new PointPrompt(point[0], point[1], (PointLabel)label)),
        ],
        Box = one.Box is [var left, var top, var right, var bottom] ? new BoxXyxy(left, top, right, bottom) : null,
    };

    private static void Check(AnnotatedObject? one, string where, ImageSize size, HashSet<string> ids)
    {
        Require(one is not null, $"{where}: expected an object, found null");
        Require(
            one!.Id is { Length: > 0 and <= LongestId } id && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'),
            $"{where}.id: expected 1 to {LongestId} letters, digits, - and _, found '{one.Id}'");
        Require(ids.Add(one.Id!), $"{where}.id: expected one that no other object has, found '{one.Id}' again");
        if (one.Label is not null)
        {
            CheckLabel(one.Label, $"{where}.label");
        }

        Mask(one.Segmentation, size, $"{where}.segmentation");
        Require(one.Source is null || Sources.Contains(one.Source), $"{where}.source: expected one of {string.Join(", ", Sources)}");
        Require(one.Iou is null || float.IsFinite(one.Iou.Value), $"{where}.iou: expected a number or null");
        Require(one.Stability is null || float.IsFinite(one.Stability.Value), $"{where}.stability: expected a number or null");
        var points = one.Points ?? [];
        Require(points.Count <= MostPoints, $"{where}.points: expected at most {MostPoints}, found {points.Count}");
        Require(points.All(point => point is [_, _] && point.All(float.IsFinite)), $"{where}.points: expected pairs of numbers");
        var labels = one.PointLabels ?? [];
        Require(
            labels.Count == points.Count && labels.All(label => label is 0 or 1),
            $"{where}.pointLabels: expected 0 or 1 for each of {points.Count} points");
        Require(one.Box is null or [_, _, _, _], $"{where}.box: expected four numbers or null");
        Require(one.Box is null || one.Box.All(float.IsFinite), $"{where}.box: expected four numbers or null");
    }

    private static void CheckLabel(string? label, string where) => Require(
        label is { Length: > 0 and <= LongestLabel } && !label.Any(char.IsControl),
        $"{where}: expected 1 to {LongestLabel} characters, found '{label}'");

    private static void Require(bool isSo, string message)
    {
        if (!isSo)
        {
            throw new InvalidDataException(message + ".");
        }
    }
}
