using System.Text.Json;
using MaskGen.ML.Checkpoints;

namespace MaskGen.ML.Models;

/// <summary>Which files of a repository are the weights.</summary>
internal static class HubWeights
{
    private const string TorchName = "pytorch_model.bin";
    private const int LargestIndex = 16 << 20;
    private const int MostShards = 1024;

    private static readonly string[] Extensions = [".safetensors", ".pt", ".pth", ".bin", ".ckpt"];

    /// <summary>Whether a name is that of an index of shards.</summary>
    public static bool IsIndex(string name) => ShardIndex.IsIndex(name);

    /// <summary>Whether a name ends as weights do.</summary>
    public static bool IsWeights(string name) => Extensions.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>The weights among the files of a repository or a folder: model.safetensors; else, for each of .safetensors, .pt, .pth, .bin
    /// and .ckpt in turn, the only index or the only file (of .bin, pytorch_model.bin before others); null where there is none of these.
    /// Names that a file may not have are passed over.</summary>
    public static string? Choose(IEnumerable<string> names)
    {
        var usable = names.Where(HubNames.IsFileName).Distinct(StringComparer.Ordinal).ToList();
        return Named(Sam2ModelFiles.WeightsName) ?? Extensions.Select(OfExtension).FirstOrDefault(name => name is not null);

        string? OfExtension(string extension) =>
            Only(extension + ShardIndex.Extension)
            ?? (TorchName.EndsWith(extension, StringComparison.Ordinal) ? Named(TorchName) : null)
            ?? Only(extension);

        string? Named(string name) => usable.Contains(name) ? name : null;

        string? Only(string ending)
        {
            var fitting = usable.Where(name => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)).ToList();
            return fitting.Count == 1 ? fitting[0] : null;
        }
    }

    /// <summary>Names of the shards that an index names, in order. What a hub names passes a narrower gate than what is on disk.</summary>
    /// <param name="path">The index: JSON {"weight_map": {tensor: file}}.</param>
    /// <param name="source">Its name for messages.</param>
    /// <exception cref="CheckpointFormatException">It is no such JSON, or names a file that cannot be a shard.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string> ReadShards(string path, string source)
    {
        using var stream = RegularFile.OpenRead(path);
        var shards = JsonText.Read(stream, source, LargestIndex, root => ReadMap(root, source));
        Check(source, shards);
        return shards;
    }

    private static List<string> ReadMap(JsonElement root, string source)
    {
        if (!root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw CheckpointFormatException.ForField(source, "weight_map", "an object with the file of every tensor", "none");
        }

        return
        [
            .. map.EnumerateObject()
                .Select(tensor => tensor.Value.ValueKind == JsonValueKind.String ? tensor.Value.GetString()! : tensor.Value.GetRawText())
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal),
        ];
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
