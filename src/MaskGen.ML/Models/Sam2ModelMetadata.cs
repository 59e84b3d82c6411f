using System.Text.Json;

namespace MaskGen.ML.Models;

/// <summary>What a model says of itself beside its configuration: the optional file <c>maskgen.json</c>.</summary>
/// <param name="Name">Name to show, or null for the file's own.</param>
/// <param name="RecommendedThresholds">The thresholds that apply where the options set none.</param>
internal sealed record Sam2ModelMetadata(string? Name, RecommendedThresholds RecommendedThresholds)
{
    public const string FileName = "maskgen.json";

    private const int LargestFile = 1 << 16;

    /// <summary>What holds for a model without the file.</summary>
    public static Sam2ModelMetadata None { get; } = new(null, RecommendedThresholds.Official);

    /// <summary>Reads the file of a folder; <see cref="None"/> where there is none.</summary>
    /// <exception cref="CheckpointFormatException">The file says something that cannot be.</exception>
    public static Sam2ModelMetadata ReadBeside(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return None;
        }

        using var stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">UTF-8 JSON {"name", "recommended_thresholds": {"predicted_iou", "stability_score"}}; every field may be
    /// missing, others are ignored.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="CheckpointFormatException">It is no such JSON.</exception>
    public static Sam2ModelMetadata Read(Stream stream, string source)
    {
        using var bytes = Checkpoints.MemoryByteSource.ReadAtMost(stream, LargestFile);
        if (bytes.Length > LargestFile)
        {
            throw new CheckpointFormatException(source, $"expected at most {LargestFile} bytes, found a longer file.");
        }

        try
        {
            using var document = JsonDocument.Parse(bytes.GetSpan(0, (int)bytes.Length).ToArray());
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new CheckpointFormatException(source, $"expected a JSON object, found {root.ValueKind}.");
            }

            var name = root.TryGetProperty("name", out var text) ? ReadName(text, source) : null;
            return root.TryGetProperty("recommended_thresholds", out var thresholds)
                ? new Sam2ModelMetadata(name, ReadThresholds(thresholds, source))
                : new Sam2ModelMetadata(name, RecommendedThresholds.Official);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // System.Text.Json tells of text that is no UTF-8 by InvalidOperationException.
            throw new CheckpointFormatException(source, $"expected JSON, found a defect: {e.Message}", e);
        }
    }

    private static string? ReadName(JsonElement text, string source) => text.ValueKind switch
    {
        JsonValueKind.String => text.GetString(),
        JsonValueKind.Null => null,
        _ => throw CheckpointFormatException.ForField(source, "name", "a text", text.ValueKind.ToString()),
    };

    private static RecommendedThresholds ReadThresholds(JsonElement thresholds, string source)
    {
        if (thresholds.ValueKind != JsonValueKind.Object)
        {
            throw CheckpointFormatException.ForField(source, "recommended_thresholds", "an object", thresholds.ValueKind.ToString());
        }

        return new RecommendedThresholds(
            ReadThreshold("predicted_iou", RecommendedThresholds.Official.PredictedIou),
            ReadThreshold("stability_score", RecommendedThresholds.Official.StabilityScore));

        float ReadThreshold(string name, float missing)
        {
            if (!thresholds.TryGetProperty(name, out var element))
            {
                return missing;
            }

            return element.ValueKind == JsonValueKind.Number && element.TryGetSingle(out var value) && value is >= 0 and <= 1
                ? value
                : throw CheckpointFormatException.ForField(
                    source,
                    $"recommended_thresholds.{name}",
                    "a number from 0 to 1",
                    Checkpoints.CheckpointText.Shorten(element.GetRawText()));
        }
    }
}
