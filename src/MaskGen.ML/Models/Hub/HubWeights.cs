using System.Text.Json;

namespace MaskGen.ML.Models;

/// <summary>Which files of a repository are the weights.</summary>
internal static class HubWeights
{
    private const string IndexEnding = ".index.json";
    private const string TorchName = "pytorch_model.bin";
    private const long LargestIndex = 16 << 20;
    private const int MostShards = 1000;

    private static readonly string[] Extensions = [".safetensors", ".pt", ".pth", ".bin"];

    // By name, before any other file.
    private static readonly string[] UsualNames = [Sam2ModelFiles.WeightsName, Sam2ModelFiles.WeightsName + IndexEnding];

    private static readonly string[] UsualTorchNames = [TorchName, TorchName + IndexEnding];

    /// <summary>Whether a name is that of an index of shards.</summary>
    public static bool IsIndex(string name) => name.EndsWith(IndexEnding, StringComparison.Ordinal);

    /// <summary>Whether a name ends as weights do.</summary>
    public static bool IsWeights(string name) => Extensions.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>The weights among the files of a repository or a folder: model.safetensors, its index, the only .safetensors, .pt or .pth
    /// file, pytorch_model.bin, its index, the only .bin file; null where there is none of these. Names that a file may not have are passed
    /// over.</summary>
    public static string? Choose(IEnumerable<string> names)
    {
        var usable = names.Where(HubNames.IsFileName).Distinct(StringComparer.Ordinal).ToList();
        return UsualNames.FirstOrDefault(usable.Contains)
            ?? Extensions[..^1].Select(Only).FirstOrDefault(name => name is not null)
            ?? UsualTorchNames.FirstOrDefault(usable.Contains)
            ?? Only(Extensions[^1]);

        string? Only(string extension)
        {
            var fitting = usable.Where(name => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase)).ToList();
            return fitting.Count == 1 ? fitting[0] : null;
        }
    }

    /// <summary>Names of the shards that an index names, in order.</summary>
    /// <param name="path">The index: JSON {"weight_map": {tensor: file}}.</param>
    /// <param name="source">Its name for messages.</param>
    /// <exception cref="CheckpointFormatException">It is no such JSON, or names a file that cannot be a shard.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string> ReadShards(string path, string source)
    {
        HubFileCheck.ThrowIfSpecial(path);
        if (new FileInfo(HubCache.Resolve(path)).Length is var length and > LargestIndex)
        {
            throw new CheckpointFormatException(source, $"expected an index of at most {LargestIndex} bytes, found {length}.");
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var shards = document.RootElement.GetProperty("weight_map").EnumerateObject()
                .Select(tensor => tensor.Value.GetString() ?? string.Empty)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .ToList();
            Check(source, shards);
            return shards;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CheckpointFormatException(
                source, $"expected JSON with a weight_map of tensors to files, found something else: {e.Message}", e);
        }
    }

    private static void Check(string source, List<string> shards)
    {
        if (shards.Count is 0 or > MostShards)
        {
            throw new CheckpointFormatException(source, $"expected 1 to {MostShards} shards, found {shards.Count}.");
        }

        if (shards.Find(s => !HubNames.IsFileName(s) || !IsWeights(s)) is { } wrong)
        {
            throw new CheckpointFormatException(
                source, $"expected as the name of a shard {HubNames.Rule}, with the ending of weights, found '{HubText.Clean(wrong)}'.");
        }

        // On Windows and macOS these are one file.
        if (shards.Distinct(StringComparer.OrdinalIgnoreCase).Count() < shards.Count)
        {
            throw new CheckpointFormatException(
                source, "expected names of shards that differ by more than upper and lower case, found others.");
        }
    }
}
