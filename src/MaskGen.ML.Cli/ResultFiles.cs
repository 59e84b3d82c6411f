namespace MaskGen.ML.Cli;

/// <summary>Kinds of files that a run writes for each picture.</summary>
[Flags]
internal enum ResultFormats
{
    Json = 1,
    Overlay = 2,
}

/// <summary>Names and writes the result files of a picture.</summary>
internal sealed class ResultFiles(string folder, ResultFormats formats)
{
    private readonly Dictionary<string, string> _sources = new(StringComparer.Ordinal);

    /// <summary>Makes sure that no two pictures of a run write the same files.</summary>
    /// <exception cref="IOException">Another picture of the run has that name.</exception>
    public void Claim(string image)
    {
        var name = Path.GetFileNameWithoutExtension(image);
        if (!_sources.TryAdd(name, image))
        {
            throw new IOException($"{image}: would overwrite the results of {_sources[name]}, which has the same name; run it with another --out.");
        }
    }

    /// <summary>Writes the chosen files, each whole or not at all.</summary>
    /// <returns>Their paths.</returns>
    public IReadOnlyList<string> Write(string imagePath, RgbImage image, string model, MaskSet masks, bool arePrompted)
    {
        Directory.CreateDirectory(folder);
        var stem = Path.Combine(folder, Path.GetFileNameWithoutExtension(imagePath));
        var written = new List<string>();
        if (formats.HasFlag(ResultFormats.Json))
        {
            var path = $"{stem}.masks.json";
            Action<string, string, string, MaskSet> save = arePrompted ? MasksJson.SavePrompted : MasksJson.Save;
            save(path, Path.GetFileName(imagePath), model, masks);
            written.Add(path);
        }

        if (formats.HasFlag(ResultFormats.Overlay))
        {
            var path = $"{stem}.overlay.png";
            MaskOverlay.Save(path, image, masks, withPrompts: arePrompted);
            written.Add(path);
        }

        return written;
    }
}
