using System.Text.Json;
using MaskGen.ML.Files;

namespace MaskGen.ML.Cli.Settings;

/// <summary>What a person has chosen once for all later runs, in a JSON file of their configuration folder.</summary>
/// <param name="path">The file; null where there is no folder for it, and nothing is kept.</param>
internal sealed class UserSettings(string? path)
{
    private const string ModelProperty = "model";

    // A name or a path; what is longer is somebody else's file.
    private const int MaximumBytes = 64 * 1024;

    /// <summary>The file.</summary>
    public string? Path => path;

    /// <summary>The model that <c>maskgen models use</c> or the first run has chosen; null for none.</summary>
    /// <exception cref="InvalidDataException">The file is not one of settings; the message names it and the way out.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public string? Model
    {
        get
        {
            if (path is null || !File.Exists(path))
            {
                return null;
            }

            try
            {
                // A pipe would wait for whoever writes to it.
                var isFile = FileStatus.OfTarget(path) is null or { IsRegular: true } && new FileInfo(path).Length <= MaximumBytes;
                using var settings = JsonDocument.Parse(isFile ? File.ReadAllBytes(path) : []);
                return settings.RootElement.TryGetProperty(ModelProperty, out var model) ? model.GetString() : null;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new InvalidDataException(
                    $"{path}: expected settings of maskgen such as {{\"model\": \"nano\"}}, found something else; "
                    + "correct or delete the file, or name the model with --model.");
            }
        }
    }

    /// <summary>Keeps the choice of a model.</summary>
    /// <returns>False where nothing can be kept, for want of a folder.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public bool TrySetModel(string model)
    {
        if (path is null)
        {
            return false;
        }

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, stream =>
        {
            using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            writer.WriteStartObject();
            writer.WriteString(ModelProperty, model);
            writer.WriteEndObject();
        });
        return true;
    }
}
