using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Models;

/// <summary>The files of a model on disk: found from a path, opened when they are needed.</summary>
/// <param name="WeightsPath">A weights file, or the index of weights that are split over several files.</param>
/// <param name="ConfigurationPath">A config.json, or null: then the architecture is detected from the shapes of the tensors.</param>
internal sealed record Sam2ModelFiles(string WeightsPath, string? ConfigurationPath)
{
    public const string ConfigurationName = "config.json";

    public const string WeightsName = "model.safetensors";

    /// <summary>Of a model in ONNX, which <see cref="Find"/> does not find.</summary>
    public const string OnnxExtension = ".onnx";

    private const string Expected =
        $"a folder with {ConfigurationName} and {WeightsName}, a weights file (.safetensors, .pt, .pth, .bin, .ckpt), or an encoder in "
        + "ONNX";

    private static readonly string[] WeightExtensions = [".safetensors", ".pt", ".pth", ".bin", ".ckpt"];

    /// <summary>Whether a text can only be meant as a path: it ends like a weights file, or begins as no name of a repository
    /// can.</summary>
    public static bool LooksLikePath(string text) =>
        WeightExtensions.Contains(Path.GetExtension(text), StringComparer.OrdinalIgnoreCase)
        || text.EndsWith(OnnxExtension, StringComparison.OrdinalIgnoreCase)
        || Path.IsPathRooted(text)
        || ShardIndex.IsIndex(text)
        || text.StartsWith('.')
        || text.Contains('\\', StringComparison.Ordinal);

    /// <summary>Finds the files without opening them.</summary>
    /// <param name="path">A folder, a weights file, or an index.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or no weights in the folder.</exception>
    /// <exception cref="IOException">The folder cannot be read, or has a folder or a dead link for a configuration.</exception>
    public static Sam2ModelFiles Find(string path) => RegularFile.Attempt(path, () =>
    {
        var weights = Directory.Exists(path) ? FindWeights(path) : path;
        if (!RegularFile.Exists(weights))
        {
            throw new FileNotFoundException($"{path}: expected {Expected}; found {(weights == path ? "nothing there" : "no file")}.", path);
        }

        var configuration = Path.Combine(FolderOf(weights), ConfigurationName);
        return new Sam2ModelFiles(weights, RegularFile.Exists(configuration) ? configuration : null);
    });

    /// <summary>The weights file or index of a folder; null where there is none, where it is ambiguous, or where files of the index are
    /// missing.</summary>
    public static string? TryFindWeights(string folder)
    {
        try
        {
            return Directory.Exists(folder) && FindWeights(folder) is var weights
                && (!ShardIndex.IsIndex(weights) || !ShardIndex.Read(weights).MissingFiles().Any())
                ? weights
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or CheckpointFormatException)
        {
            return null;
        }
    }

    /// <summary>Folder of a file.</summary>
    public static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    /// <summary>Opens weights and configuration; the caller disposes the result.</summary>
    /// <exception cref="CheckpointFormatException">One of the files is not what it should be, or the architecture cannot be
    /// told.</exception>
    /// <exception cref="IOException">One of the files cannot be read.</exception>
    public OpenedSam2Model Open()
    {
        // The configuration first: it is the smaller of the two to find fault with.
        var config = ConfigurationPath is null ? null : Sam2ModelConfigReader.Read(ConfigurationPath);
        var weights = ModelTensors.Find(WeightsFile.Open(WeightsPath));
        try
        {
            return new OpenedSam2Model(config ?? Sam2ArchitectureDetector.Detect(weights), weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a weights file or an index in a folder.</summary>
    public static bool HasWeights(string folder) => Directory.GetFiles(folder).Any(file =>
        WeightExtensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase) || ShardIndex.IsIndex(file));

    private static string FindWeights(string folder)
    {
        var usual = Path.Combine(folder, WeightsName);
        if (File.Exists(usual))
        {
            return usual;
        }

        foreach (var extension in WeightExtensions)
        {
            if (FindOnly(folder, extension + ShardIndex.Extension) is { } index)
            {
                return index;
            }

            if (FindOnly(folder, extension) is { } file)
            {
                return file;
            }
        }

        throw new FileNotFoundException(
            $"{folder}: expected {WeightsName} or another weights file ({string.Join(", ", WeightExtensions)}), found none.", usual);
    }

    private static string? FindOnly(string folder, string extension)
    {
        // Files whose names begin with a dot are the system's, not the user's.
        var files = Directory.GetFiles(folder)
            .Where(file => file.EndsWith(extension, StringComparison.OrdinalIgnoreCase) && !Path.GetFileName(file).StartsWith('.'))
            .ToList();
        return files.Count < 2 ? files.FirstOrDefault() : throw new FileNotFoundException(
            $"{folder}: expected {WeightsName} or one {extension} file, found {files.Count}: name the one that is meant.",
            Path.Combine(folder, WeightsName));
    }
}
