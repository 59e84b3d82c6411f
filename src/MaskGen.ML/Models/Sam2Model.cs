using MaskGen.ML.Checkpoints;
using MaskGen.ML.Models;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>Says which SAM 2 model to use and where its weights are; loads nothing until a stage needs it.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class Sam2Model
{
    private static readonly Lazy<Sam2Model> LazyNano = new(() => EmbeddedModel.Load("Nano"));

    private readonly Func<OpenedSam2Model> _open;
    private volatile string? _fingerprint;

    internal Sam2Model(string name, RecommendedThresholds recommendedThresholds, Func<OpenedSam2Model> open)
    {
        Name = name;
        RecommendedThresholds = recommendedThresholds;
        _open = open;
    }

    /// <summary>The default model, which is part of this assembly: small, trained on synthetic scenes alone, works without a network.
    /// For photos the official checkpoints are far better.</summary>
    public static Sam2Model Nano => LazyNano.Value;

    /// <summary>Name of the model, such as <c>nano</c> or the path of its file.</summary>
    public string Name { get; }

    /// <summary>The thresholds that apply where the options set none.</summary>
    public RecommendedThresholds RecommendedThresholds { get; }

    /// <summary>A model from files on disk.</summary>
    /// <param name="path">A folder with <c>config.json</c> and <c>model.safetensors</c>, a <c>.safetensors</c> file, or a <c>.pt</c>
    /// file as Meta publishes them. A <c>config.json</c> beside the file says the geometry; without one it is told from the shapes of
    /// the tensors. A <c>maskgen.json</c> beside it, with <c>{"recommended_thresholds": {"predicted_iou", "stability_score"}}</c>, replaces
    /// <see cref="RecommendedThresholds.Official"/>.</param>
    /// <returns>The model; its weights are opened when a stage needs them, and are checked then.</returns>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or no weights in the folder.</exception>
    /// <exception cref="CheckpointFormatException">The <c>maskgen.json</c> beside the file says something that cannot be.</exception>
    public static Sam2Model FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var files = Sam2ModelFiles.Find(path);
        var metadata = Sam2ModelMetadata.ReadBeside(Path.GetDirectoryName(Path.GetFullPath(files.WeightsPath))!);
        return new Sam2Model(metadata.Name ?? path, metadata.RecommendedThresholds, files.Open);
    }

    /// <summary>A model from a Hugging Face hub, by its name: from the cache that Python's <c>huggingface_hub</c> uses too, and
    /// downloaded into it where it is not there yet.</summary>
    /// <param name="name">Repository with a SAM 2, such as <c>facebook/sam2-hiera-tiny</c> (see
    /// <see cref="Sam2OfficialModel.All"/>, where <c>facebook/</c> may be left out).</param>
    /// <param name="revision">Branch, tag or commit; null for the main branch.</param>
    /// <param name="options">Cache, endpoint, token and progress; null takes the environment's.</param>
    /// <returns>The model; it is looked for, and downloaded, when a stage needs it. <see cref="Sam2Hub.DownloadAsync"/> does it
    /// before.</returns>
    /// <remarks>What is in the cache is used as it is, without asking the hub whether a branch has moved on since. A stage that needs a
    /// model that cannot be fetched throws <see cref="Sam2DownloadException"/>.</remarks>
    /// <exception cref="ArgumentException"><paramref name="name"/> or <paramref name="revision"/> is no name that a hub gives, or the
    /// hub's address is none.</exception>
    /// <exception cref="CheckpointFormatException">A <c>maskgen.json</c> in the cache says something that cannot be.</exception>
    public static Sam2Model FromPretrained(string name, string? revision = null, Sam2DownloadOptions? options = null)
    {
        var repository = new HubRepository(name, revision);
        var settings = HubSettings.Create(options, Environment.GetEnvironmentVariable);
        var thresholds = new HubCache(settings.CacheFolder).Find(repository) is { } cached
            ? Sam2ModelMetadata.ReadBeside(cached.Folder).RecommendedThresholds
            : RecommendedThresholds.Official;
        return new Sam2Model(repository.Name, thresholds, Open);

        // Stages open models on threads of theirs, which have nothing else to do meanwhile.
        OpenedSam2Model Open() =>
            Sam2ModelFiles.Find(Task.Run(() => HubModelDownload.GetAsync(repository, settings, options?.CancellationToken ?? default)).GetAwaiter().GetResult().Folder).Open();
    }

    /// <summary>A model by whatever a person calls it, as on a command line.</summary>
    /// <param name="nameOrPath"><c>nano</c>; a path as for <see cref="FromFile"/>; or a repository as for <see cref="FromPretrained"/>,
    /// where <c>facebook/</c> may be left out of the official names. What exists on disk comes first.</param>
    /// <param name="revision">Branch, tag or commit of a repository; null for the main branch.</param>
    /// <param name="options">As for <see cref="FromPretrained"/>.</param>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    /// <exception cref="FileNotFoundException">It can only be a path, and there is nothing there.</exception>
    public static Sam2Model FromNameOrPath(string nameOrPath, string? revision = null, Sam2DownloadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        if (string.Equals(nameOrPath, Nano.Name, StringComparison.OrdinalIgnoreCase))
        {
            return Nano;
        }

        if (Path.Exists(nameOrPath) || Sam2ModelFiles.LooksLikePath(nameOrPath))
        {
            return FromFile(nameOrPath);
        }

        return nameOrPath.Contains('/', StringComparison.Ordinal) || Sam2OfficialModel.Find(nameOrPath) is not null
            ? FromPretrained(nameOrPath, revision, options)
            : throw new ArgumentException(
                $"Expected nano, a path, or a repository such as {string.Join(", ", Sam2OfficialModel.All.Select(m => m.Name))}; found '{nameOrPath}'.",
                nameof(nameOrPath));
    }

    /// <summary>A model whose parts are open already, such as one that was saved inside an archive.</summary>
    /// <param name="name">Name to show.</param>
    /// <param name="recommendedThresholds">The thresholds that apply where the options set none.</param>
    /// <param name="config">Its geometry.</param>
    /// <param name="weights">Its weights; they stay the caller's, who keeps them open as long as the model is used.</param>
    internal static Sam2Model FromOpened(
        string name, RecommendedThresholds recommendedThresholds, Sam2ModelConfig config, ICheckpoint weights)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        return new Sam2Model(name, recommendedThresholds, () => new OpenedSam2Model(config, new BorrowedCheckpoint(weights)));
    }

    /// <summary>Opens the model and says what it is; reads all of its weights file, for the hash.</summary>
    /// <exception cref="CheckpointFormatException">One of its files is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read, or <see cref="Sam2DownloadException"/>: it could not be fetched.</exception>
    public Sam2ModelDescription Describe()
    {
        using var opened = OpenVerified();
        return ModelDescriber.Describe(this, opened);
    }

    /// <summary>Tells this model from others, as it was when it was last opened; see <see cref="OpenedSam2Model.Fingerprint"/>. Opens it
    /// where nobody has yet.</summary>
    /// <exception cref="CheckpointFormatException">One of its files is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read or fetched.</exception>
    internal string Fingerprint
    {
        get
        {
            if (_fingerprint is null)
            {
                OpenVerified().Dispose();
            }

            return _fingerprint!;
        }
    }

    /// <summary>Opens configuration and weights; the caller disposes the result.</summary>
    internal OpenedSam2Model Open() => _open();

    /// <summary>Opens configuration and weights and checks that they fit each other; the caller disposes the result.</summary>
    /// <exception cref="CheckpointFormatException">They do not.</exception>
    internal OpenedSam2Model OpenVerified()
    {
        var opened = _open();
        try
        {
            Sam2CheckpointContract.Verify(opened.Config, opened.Weights);
            _fingerprint = opened.Fingerprint; // finds weights that are not finite
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }
}

/// <summary>Configuration and open weights of a model. Owns the weights.</summary>
internal sealed record OpenedSam2Model(Sam2ModelConfig Config, ICheckpoint Weights) : IDisposable
{
    private string? _fingerprint;

    /// <summary>Tells this model from others; see <see cref="ModelFingerprint"/>. Reads all weights the first time.</summary>
    /// <exception cref="CheckpointFormatException">A weight is NaN or infinite.</exception>
    public string Fingerprint => _fingerprint ??= ModelFingerprint.Compute(Config, Weights);

    public void Dispose() => Weights.Dispose();
}
