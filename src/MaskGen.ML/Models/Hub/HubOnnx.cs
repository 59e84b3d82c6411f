using MaskGen.ML.OnnxGraph;

namespace MaskGen.ML.Models;

/// <summary>Which files of a repository for transformers.js are the model: those of a precision in its folder <c>onnx</c>.</summary>
internal static class HubOnnx
{
    private const string Folder = OnnxExportFiles.RepositoryFolder;

    private const string WeightsEnding = "_data";

    // Of a graph that has more, which is unlikely to have weights elsewhere, those of the usual name are taken: it is not read whenever
    // somebody asks what is in the cache.
    private const long LargestGraph = 16 << 20;

    /// <summary>The two files of a precision, in words.</summary>
    public static string Described(Sam2OnnxPrecision precision)
    {
        var suffix = OnnxPrecisions.SuffixOf(precision);
        return $"{Folder}/vision_encoder{suffix}.onnx with {Folder}/prompt_encoder_mask_decoder{suffix}.onnx";
    }

    /// <summary>The graphs to download, which name the files of their weights; null where one of them is not there.</summary>
    /// <param name="listed">Names of all files of the repository.</param>
    /// <param name="repository">Says the precision.</param>
    public static (string Encoder, string Decoder)? Choose(IEnumerable<string> listed, HubRepository repository) =>
        OnnxExportFiles.Choose(Inside(listed), repository.Precision ?? Sam2OnnxPrecision.Float32) is var (encoder, decoder)
            ? ($"{Folder}/{encoder}", $"{Folder}/{decoder}")
            : null;

    /// <summary>Names of the files of weights that a graph needs beside it, from the repository's top; none where it is no such graph,
    /// which whoever opens it will say.</summary>
    /// <param name="graph">Its name, from the top.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="source">Its name for messages.</param>
    /// <param name="listed">Names of all files of the repository.</param>
    /// <exception cref="CheckpointFormatException">It names a file that cannot be weights beside it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string> WeightsOf(string graph, string path, string source, IEnumerable<string> listed)
    {
        var names = Named(graph, path, listed);
        return names.FirstOrDefault(name => !HubNames.IsFileName(name[(Folder.Length + 1)..])) is { } wrong
            ? throw new CheckpointFormatException(
                source,
                $"expected as the name of a file of weights {HubNames.Rule}, found '{HubText.Clean(wrong[(Folder.Length + 1)..])}'.")
            : names;
    }

    /// <summary>The files of a precision in the cache, the encoder last; null where one is missing.</summary>
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
        if (Choose(present, repository) is not var (encoder, decoder))
        {
            return null;
        }

        string[] files =
        [
            .. new[] { decoder, encoder }
                .SelectMany(graph => Named(graph, Path.Combine(snapshot, graph), present).Append(graph))
                .Distinct(StringComparer.Ordinal),
        ];
        return files.All(present.Contains)
            ? new HubSnapshot(
                repository.Name, commit, snapshot, encoder, [.. others, .. files],
                files.Sum(file => new FileInfo(HubCache.Resolve(Path.Combine(snapshot, file))).Length))
            : null;
    }

    private static HashSet<string> Inside(IEnumerable<string> names) =>
    [
        .. names.Where(name => name.StartsWith(Folder + '/', StringComparison.Ordinal))
            .Select(name => name[(Folder.Length + 1)..])
            .Where(HubNames.IsFileName),
    ];

    // As the graph has them, whether they can be names of files or not.
    private static IReadOnlyList<string> Named(string graph, string path, IEnumerable<string> listed)
    {
        if (new FileInfo(HubCache.Resolve(path)).Length >= LargestGraph)
        {
            var usual = graph + WeightsEnding;
            return listed.Contains(usual) ? [usual] : [];
        }

        try
        {
            HubFileCheck.ThrowIfSpecial(path);
            return
            [
                .. OnnxHeader.Read(File.ReadAllBytes(path), graph).ExternalData
                    .Select(data => $"{Folder}/{data.Location}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            ];
        }
        catch (CheckpointFormatException)
        {
            return [];
        }
    }
}
