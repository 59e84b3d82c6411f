using MaskGen.ML.Checkpoints;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Models;

/// <summary>The files of a model on disk: found from what a user names, opened when a stage needs them.</summary>
/// <param name="WeightsPath">A .safetensors or .pt file.</param>
/// <param name="ConfigurationPath">A config.json, or null: then the geometry is told from the shapes of the tensors.</param>
internal sealed record Sam2ModelFiles(string WeightsPath, string? ConfigurationPath)
{
    public const string ConfigurationName = "config.json";

    public const string WeightsName = "model.safetensors";

    private static readonly string[] WeightExtensions = [".safetensors", ".pt", ".pth", ".bin"];

    /// <summary>Whether a text can only be meant as a path: it ends like a weights file, or begins as no name of a repository
    /// can.</summary>
    public static bool LooksLikePath(string text) =>
        WeightExtensions.Contains(Path.GetExtension(text), StringComparer.OrdinalIgnoreCase)
        || Path.IsPathRooted(text)
        || text.StartsWith('.')
        || text.Contains('\\', StringComparison.Ordinal);

    /// <summary>Finds the files without opening them.</summary>
    /// <param name="path">A folder, or a weights file.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or no weights in the folder.</exception>
    public static Sam2ModelFiles Find(string path)
    {
        var weights = Directory.Exists(path) ? FindWeights(path) : path;
        if (!File.Exists(weights))
        {
            throw new FileNotFoundException(
                $"{path}: expected a folder with {ConfigurationName} and {WeightsName}, or a .safetensors or .pt file; found nothing there.",
                path);
        }

        var configuration = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(weights))!, ConfigurationName);
        return new Sam2ModelFiles(weights, File.Exists(configuration) ? configuration : null);
    }

    /// <summary>Opens weights and configuration; the caller disposes the result.</summary>
    /// <exception cref="CheckpointFormatException">One of the files is not what it should be, or the geometry cannot be told.</exception>
    public OpenedSam2Model Open()
    {
        // The configuration first: it is the smaller of the two to find fault with.
        var config = ConfigurationPath is null ? null : Sam2ModelConfigReader.Read(ConfigurationPath);
        var weights = new ImageModelCheckpoint(OpenWeights());
        try
        {
            return new OpenedSam2Model(config ?? Sam2GeometryDetector.Detect(weights), weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    // By what the file begins with rather than by its name: people rename files.
    private ICheckpoint OpenWeights() =>
        TorchCheckpointReader.Recognises(WeightsPath)
            ? TorchCheckpointReader.Open(WeightsPath)
            : MetaNamedCheckpoint.TranslateIfNeeded(SafetensorsReader.Open(WeightsPath));

    /// <summary>The weights file of a folder, or null where there is none or no telling which.</summary>
    public static string? TryFindWeights(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? FindWeights(folder) : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static string FindWeights(string folder)
    {
        var usual = Path.Combine(folder, WeightsName);
        if (File.Exists(usual))
        {
            return usual;
        }

        if (File.Exists(usual + ".index.json"))
        {
            throw new FileNotFoundException(
                $"{folder}: expected {WeightsName}, found weights split over several files; no SAM 2 is published so. Save it in one file.",
                usual);
        }

        foreach (var extension in WeightExtensions)
        {
            var files = Directory.GetFiles(folder, "*" + extension);
            if (files.Length == 1)
            {
                return files[0];
            }

            if (files.Length > 1)
            {
                throw new FileNotFoundException(
                    $"{folder}: expected {WeightsName} or one {extension} file, found {files.Length}: name the one that is meant.", usual);
            }
        }

        throw new FileNotFoundException(
            $"{folder}: expected {WeightsName} or another weights file ({string.Join(", ", WeightExtensions)}), found none.", usual);
    }
}
