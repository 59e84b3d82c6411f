using System.Text.Json;

namespace MaskGen.ML.Checkpoints;

/// <summary>The index of weights that are split over several files: <c>model.safetensors.index.json</c> or
/// <c>pytorch_model.bin.index.json</c>, whose <c>weight_map</c> says which tensor is in which file.</summary>
/// <param name="Path">Path of the index.</param>
/// <param name="Files">Full path of every file, by the name that the index gives it.</param>
/// <param name="FileOfTensor">Name of the file of every tensor.</param>
internal sealed record ShardIndex(
    string Path, IReadOnlyDictionary<string, string> Files, IReadOnlyDictionary<string, string> FileOfTensor)
{
    public const string Extension = ".index.json";

    private const int LargestFile = 16 << 20;
    private const int MostFiles = 1024;

    /// <summary>Whether a path is that of an index.</summary>
    public static bool IsIndex(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads an index.</summary>
    /// <exception cref="CheckpointFormatException">It is no index, or names files outside its folder.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ShardIndex Read(string path)
    {
        using var stream = RegularFile.OpenRead(path);
        var map = JsonText.Read(stream, path, LargestFile, root => ReadMap(root, path));
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var files = map.Values.Distinct().ToDictionary(name => name, name => System.IO.Path.Combine(folder, name));
        return files.Count <= MostFiles
            ? new ShardIndex(path, files, map)
            : throw CheckpointFormatException.ForField(path, "weight_map", $"at most {MostFiles} files", $"{files.Count}");
    }

    /// <summary>The files of the index that are not there.</summary>
    public IEnumerable<string> MissingFiles() => Files.Values.Where(IsMissing);

    private static bool IsMissing(string file)
    {
        try
        {
            return !RegularFile.Exists(file);
        }
        catch (FileNotFoundException)
        {
            // A link whose target somebody has deleted.
            return true;
        }
    }

    private static Dictionary<string, string> ReadMap(JsonElement root, string source)
    {
        if (!root.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            throw CheckpointFormatException.ForField(source, "weight_map", "an object with the file of every tensor", "none");
        }

        var files = new Dictionary<string, string>();
        foreach (var tensor in map.EnumerateObject())
        {
            var name = tensor.Value.ValueKind == JsonValueKind.String ? tensor.Value.GetString()! : string.Empty;
            files[tensor.Name] = IsInside(name)
                ? name
                : throw CheckpointFormatException.ForField(
                    source,
                    $"weight_map.{CheckpointText.Shorten(tensor.Name)}",
                    "the name of a file in the folder of the index",
                    CheckpointText.Shorten(tensor.Value.GetRawText()));
        }

        return files;
    }

    // No way out of the folder: not rooted, no drive, no '..', nothing that another system takes for a separator.
    private static bool IsInside(string name) =>
        name.Length > 0
        && !name.Any(c => char.IsControl(c) || c is '\\' or ':')
        && name.Split('/').All(part => part is not ("" or "." or ".."));
}
