namespace MaskGen.ML.Models;

/// <summary>The files of one commit of a model that are in the cache.</summary>
/// <param name="Name">Repository.</param>
/// <param name="Commit">Commit.</param>
/// <param name="Folder">Folder of the files.</param>
/// <param name="WeightsName">The file that opens the model: of a checkpoint the weights file, or the index of its shards; of a model in
/// ONNX the graph of its image encoder.</param>
/// <param name="Files">Names of all files that belong to the model, that one last.</param>
/// <param name="WeightBytes">Size of the weights: of a checkpoint all shards together, of a model in ONNX all files of both graphs.</param>
internal sealed record HubSnapshot(
    string Name, string Commit, string Folder, string WeightsName, IReadOnlyList<string> Files, long WeightBytes)
{
    /// <summary>What opens the model: the file rather than the folder, since there may be other weights beside it.</summary>
    public string ModelPath => PathOf(WeightsName);

    /// <summary>Whether it is a model in ONNX, and no checkpoint.</summary>
    public bool IsOnnx => OnnxExportFiles.IsOnnx(WeightsName);

    public string PathOf(string fileName) => Path.Combine(Folder, fileName);

    public bool Has(string fileName) => Files.Contains(fileName);

    /// <summary>The first file that can be seen to be damaged without a network, or null; see <see cref="HubFileCheck"/>.</summary>
    public HubDefect? FindDefect() => Files
        .Select(name => HubFileCheck.FindDefect(PathOf(name)) is { } problem ? new HubDefect(PathOf(name), problem) : null)
        .FirstOrDefault(defect => defect is not null);

    /// <summary>The first file whose hash is not the one that its blob is named by, or null. Reads every byte.</summary>
    public async Task<HubDefect?> FindWrongHashAsync(CancellationToken cancellationToken)
    {
        foreach (var path in Files.Select(PathOf))
        {
            try
            {
                var target = HubCache.Resolve(path);
                if (HubHash.Of(HubCache.ETagOf(target)) is { } hash
                    && await hash.FindDefectAsync(target, cancellationToken).ConfigureAwait(false) is { } problem)
                {
                    return new HubDefect(path, problem);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return new HubDefect(path, HubDefect.Unreadable(e));
            }
        }

        return null;
    }

    /// <summary>What a user sees of it.</summary>
    public Sam2CachedModel ToModel() => new() { Name = Name, Commit = Commit, Folder = Folder, WeightBytes = WeightBytes };
}
