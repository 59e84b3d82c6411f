using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Models;

/// <summary>Which files of a repository for transformers.js are the model: those of a precision in its folder <c>onnx</c>.</summary>
internal static class HubOnnx
{
    private const string Folder = OnnxExportFiles.RepositoryFolder;
    private const string WeightsEnding = "_data";

    // A graph whose weights are elsewhere has some hundred kilobytes; larger ones have them inside.
    private const long LargestGraph = 16 << 20;

    /// <summary>The two files of a precision, in words.</summary>
    public static string Described(Sam2OnnxPrecision precision)
    {
        var suffix = OnnxPrecisions.SuffixOf(precision);
        return $"{Folder}/vision_encoder{suffix}.onnx with {Folder}/prompt_encoder_mask_decoder{suffix}.onnx";
    }

    /// <summary>The files to download, the encoder last: a snapshot that has it has everything.</summary>
    /// <param name="listed">Names of all files of the repository.</param>
    /// <param name="repository">Says the precision.</param>
    /// <returns>Null where encoder or decoder is not among them.</returns>
    public static IReadOnlyList<string>? Choose(IEnumerable<string> listed, HubRepository repository)
    {
        var inside = Inside(listed);
        if (OnnxExportFiles.Choose(inside, repository.Precision ?? Sam2OnnxPrecision.Float32) is not var (encoder, decoder))
        {
            return null;
        }

        string[] wanted = [decoder + WeightsEnding, decoder, encoder + WeightsEnding, encoder];
        return [.. wanted.Where(inside.Contains).Select(name => $"{Folder}/{name}")];
    }

    /// <summary>The files of a precision in the cache; null where one is missing.</summary>
    /// <param name="repository">Says the precision.</param>
    /// <param name="commit">Commit.</param>
    /// <param name="snapshot">Folder of its files.</param>
    /// <param name="others">Files at the top that belong to it.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static HubSnapshot? Describe(HubRepository repository, string commit, string snapshot, IReadOnlyList<string> others)
    {
        var folder = Path.Combine(snapshot, Folder);
        if (!Directory.Exists(folder))
        {
            return null;
        }

        var present = Directory.GetFiles(folder)
            .Where(path => new FileInfo(HubCache.Resolve(path)).Exists)
            .Select(path => $"{Folder}/{Path.GetFileName(path)}")
            .ToHashSet(StringComparer.Ordinal);
        if (Choose(present, repository) is not { } files
            || files.Where(OnnxExportFiles.IsOnnx)
                .Any(file => WeightsOf(Path.Combine(snapshot, file)).Any(name => !present.Contains(name))))
        {
            return null;
        }

        return new HubSnapshot(
            repository.Name, commit, snapshot, files[^1], [.. others, .. files],
            files.Sum(file => new FileInfo(HubCache.Resolve(Path.Combine(snapshot, file))).Length));
    }

    private static HashSet<string> Inside(IEnumerable<string> names) =>
    [
        .. names.Where(name => name.StartsWith(Folder + '/', StringComparison.Ordinal))
            .Select(name => name[(Folder.Length + 1)..])
            .Where(HubNames.IsFileName),
    ];

    // Names of the files of weights that a graph needs; none where it cannot be read, which whoever opens it will say.
    private static IEnumerable<string> WeightsOf(string path)
    {
        if (new FileInfo(HubCache.Resolve(path)) is not { Length: > 0 and < LargestGraph })
        {
            return [];
        }

        try
        {
            HubFileCheck.ThrowIfSpecial(path);
            return OnnxHeader.Read(File.ReadAllBytes(path), path).ExternalData.Select(data => $"{Folder}/{data.Location}").Distinct();
        }
        catch (CheckpointFormatException)
        {
            return [];
        }
    }
}
