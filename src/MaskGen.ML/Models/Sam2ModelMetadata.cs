using System.Text.Json;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Models;

/// <summary>What a model adds to its configuration: the optional file <c>maskgen.json</c>.</summary>
/// <param name="Name">Name to show, or null for the file's own.</param>
/// <param name="RecommendedThresholds">The thresholds that apply where the options set none.</param>
internal sealed record Sam2ModelMetadata(string? Name, RecommendedThresholds RecommendedThresholds)
{
    public const string FileName = "maskgen.json";

    private const int LargestFile = 1 << 16;
    private const int LongestName = 200;

    /// <summary>What holds for a model without the file.</summary>
    public static Sam2ModelMetadata None { get; } = new(null, RecommendedThresholds.Official);

    /// <summary>Reads the file of a folder; <see cref="None"/> where there is none.</summary>
    /// <exception cref="CheckpointFormatException">The file has a value that is not allowed.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Sam2ModelMetadata ReadBeside(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!RegularFile.Exists(path))
        {
            return None;
        }

        using var stream = RegularFile.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">JSON {"name", "recommended_thresholds": {"predicted_iou", "stability_score"}}; every field may be
    /// missing, others are ignored.</param>
    /// <param name="source">Name for messages.</param>
    /// <exception cref="CheckpointFormatException">It is not such a JSON.</exception>
    public static Sam2ModelMetadata Read(Stream stream, string source) => JsonText.Read(stream, source, LargestFile, root =>
    {
        var name = root.TryGetProperty("name", out var text) ? ReadName(text, source) : null;
        return root.TryGetProperty("recommended_thresholds", out var thresholds)
            ? new Sam2ModelMetadata(name, ReadThresholds(thresholds, source))
            : new Sam2ModelMetadata(name, RecommendedThresholds.Official);
    });

    /// <summary>A name fit to be shown and saved: without control characters and without spaces around it, and not too long; null where
    /// nothing is left.</summary>
    public static string? CleanName(string name)
    {
        // A name is cut between characters, not inside one.
        var clean = CheckpointText.Clean(name).Trim();
        var length = Math.Min(clean.Length, LongestName);
        clean = clean[..(length < clean.Length && char.IsHighSurrogate(clean[length - 1]) ? length - 1 : length)].Trim();
        return clean.Length > 0 ? clean : null;
    }

    private static string? ReadName(JsonElement text, string source) => text.ValueKind switch
    {
        JsonValueKind.String => CleanName(text.GetString()!),
        JsonValueKind.Null => null,
        _ => throw CheckpointFormatException.ForField(source, "name", "a string", text.ValueKind.ToString()),
    };

    private static RecommendedThresholds ReadThresholds(JsonElement thresholds, string source)
    {
        if (thresholds.ValueKind != JsonValueKind.Object)
        {
            throw CheckpointFormatException.ForField(source, "recommended_thresholds", "an object", thresholds.ValueKind.ToString());
        }

        return new RecommendedThresholds
        {
            PredictedIou = ReadThreshold("predicted_iou", RecommendedThresholds.Official.PredictedIou),
            StabilityScore = ReadThreshold("stability_score", RecommendedThresholds.Official.StabilityScore),
        };

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
                    CheckpointText.Shorten(element.GetRawText()));
        }
    }
}
