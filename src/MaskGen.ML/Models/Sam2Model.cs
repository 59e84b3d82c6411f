using MaskGen.ML.Checkpoints;
using MaskGen.ML.Models;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>Says which SAM 2 model to use and where its weights are; loads nothing until a stage needs it.</summary>
/// <remarks>Safe to share between threads. Nothing of a failure is remembered: a model that could not be opened, or downloaded, is tried
/// again by the next that needs it.</remarks>
public sealed class Sam2Model
{
    private static readonly Lazy<Sam2Model> LazyNano = new(() => EmbeddedModel.Load("Nano"));

    private readonly Func<OpenedSam2Model> _open;
    private readonly Func<RecommendedThresholds> _thresholds;
    private readonly Func<bool> _repair = () => false;
    private volatile string? _fingerprint;

    internal Sam2Model(string name, RecommendedThresholds recommendedThresholds, Func<OpenedSam2Model> open)
    {
        Name = name;
        _thresholds = () => recommendedThresholds;
        _open = open;
    }

    private Sam2Model(string name, HubModel model)
    {
        Name = name;
        _thresholds = () => model.RecommendedThresholds;
        _open = model.Open;
        _repair = model.Repair;
    }

    /// <summary>The default model, which is part of this assembly: small, trained on synthetic scenes alone, works without a network.
    /// For photos the official checkpoints are far better.</summary>
    public static Sam2Model Nano => LazyNano.Value;

    /// <summary>Name of the model, such as <c>nano</c> or <c>facebook/sam2-hiera-tiny</c>; for one from disk the name of its file or
    /// folder, without the path, unless a <c>maskgen.json</c> says another. Results and saved pipelines show it.</summary>
    public string Name { get; }

    /// <summary>The thresholds that apply where the options set none: those of the model's <c>maskgen.json</c>, otherwise
    /// <see cref="RecommendedThresholds.Official"/>. Of a model of a hub that is not in the cache they are known once it has been
    /// downloaded, so this gives the official ones until a stage has opened it; stages use the right ones from the first image
    /// on.</summary>
    public RecommendedThresholds RecommendedThresholds => _thresholds();

    /// <summary>A model from files on disk.</summary>
    /// <param name="path">A folder with <c>config.json</c> and <c>model.safetensors</c>; a weights file, in the safetensors format or as
    /// torch.save writes it (<c>.pt</c>, <c>.pth</c>, <c>.bin</c>, <c>.ckpt</c>); or the index of weights that are split over several files
    /// (<c>model.safetensors.index.json</c>), or the folder with it. The content decides, not the name: the tensors may have Meta's or
    /// Hugging Face's names, under any key or prefix that training code puts around them. A <c>config.json</c> beside the file says the
    /// architecture; without one it is told from the shapes of the tensors, for the official ones. A <c>maskgen.json</c> beside it, with
    /// <c>{"name", "recommended_thresholds": {"predicted_iou", "stability_score"}}</c>, replaces the name and
    /// <see cref="RecommendedThresholds.Official"/>.</param>
    /// <returns>The model; its weights are opened when a stage needs them, and are checked then.</returns>
    /// <remarks>A stage that needs a model whose files are not what they should be throws <see cref="CheckpointFormatException"/>, and
    /// <see cref="IOException"/> where they cannot be read. Weights of a training are taken from under the key that has them; where a file
    /// holds several sets, such as a moving average, those that are under <c>model</c>, <c>state_dict</c> and the like are taken, and the
    /// file is refused where that leaves a choice. Nothing in a file of torch.save is executed.</remarks>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null or empty.</exception>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or no weights in the folder.</exception>
    /// <exception cref="CheckpointFormatException">The <c>maskgen.json</c> beside the file says something that cannot be.</exception>
    /// <exception cref="IOException">The folder or the <c>maskgen.json</c> cannot be read.</exception>
    public static Sam2Model FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var files = Sam2ModelFiles.Find(path);
        var metadata = Sam2ModelMetadata.ReadBeside(Sam2ModelFiles.FolderOf(files.WeightsPath));
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        return new Sam2Model(metadata.Name ?? Sam2ModelMetadata.CleanName(name) ?? "model", metadata.RecommendedThresholds, files.Open);
    }

    /// <summary>A model from a Hugging Face hub, by its name: from the cache that Python's <c>huggingface_hub</c> uses too, and
    /// downloaded into it where it is not there yet, or is damaged there.</summary>
    /// <param name="name">Repository with a SAM 2, such as <c>facebook/sam2-hiera-tiny</c> (see
    /// <see cref="Sam2OfficialModel.All"/>, where <c>facebook/</c> may be left out).</param>
    /// <param name="revision">Branch, tag or commit; null for the main branch.</param>
    /// <param name="options">Cache, endpoint, token and progress; null takes the environment's.</param>
    /// <returns>The model; it is looked for, and downloaded, when a stage needs it. <see cref="Sam2Hub.DownloadAsync"/> does it
    /// before.</returns>
    /// <remarks>
    /// <para>What is in the cache is used as it is, without asking the hub whether a branch has moved on since. Only where another program
    /// has put the weights there without <c>config.json</c> or <c>maskgen.json</c>, the hub is asked once whether it has them; where it
    /// does not answer within seconds, the model is used without. Meta's models have no <c>maskgen.json</c>, and are not asked for
    /// it.</para>
    /// <para>A file in the cache that was cut is noticed and downloaded again. A stage that needs a model that cannot be downloaded throws
    /// <see cref="Sam2DownloadException"/>; the next use tries again.</para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="name"/> or <paramref name="revision"/> is no name that a hub gives, or the
    /// hub's address, the token or the cache's folder is none.</exception>
    /// <exception cref="CheckpointFormatException">A <c>maskgen.json</c> in the cache says something that cannot be.</exception>
    public static Sam2Model FromPretrained(string name, string? revision = null, Sam2DownloadOptions? options = null)
    {
        var repository = new HubRepository(name, revision);
        var settings = HubSettings.Create(options, Environment.GetEnvironmentVariable);
        var model = new HubModel(repository, settings, options?.CancellationToken ?? default);
        model.LookIntoCache();
        return new Sam2Model(repository.Name, model);
    }

    /// <summary>A model by whatever a person calls it, as on a command line.</summary>
    /// <param name="nameOrPath"><c>nano</c>, which always means <see cref="Nano"/> (a file or folder of that name is <c>./nano</c>); a
    /// path as for <see cref="FromFile"/>; or a repository as for <see cref="FromPretrained"/>, where <c>facebook/</c> may be left out of
    /// the official names. Of the last two, what exists on disk comes first.</param>
    /// <param name="revision">Branch, tag or commit of a repository; null for the main branch.</param>
    /// <param name="options">As for <see cref="FromPretrained"/>.</param>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    /// <exception cref="FileNotFoundException">It can only be a path, and there is nothing there.</exception>
    /// <exception cref="CheckpointFormatException">The <c>maskgen.json</c> of the model says something that cannot be.</exception>
    /// <exception cref="IOException">The folder or the <c>maskgen.json</c> cannot be read.</exception>
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
    /// <param name="config">Its configuration.</param>
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

    /// <summary>One line about the model, such as <c>SAM 2 model nano</c>; opens nothing.</summary>
    public override string ToString() => $"SAM 2 model {Name}";

    /// <summary>Opens configuration and weights; the caller disposes the result.</summary>
    internal OpenedSam2Model Open() => OpenWith(_open);

    /// <summary>Opens configuration and weights and checks that they fit each other; the caller disposes the result.</summary>
    /// <exception cref="CheckpointFormatException">They do not.</exception>
    internal OpenedSam2Model OpenVerified() => OpenWith(() =>
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
    });

    private OpenedSam2Model OpenWith(Func<OpenedSam2Model> open)
    {
        try
        {
            return open();
        }
        catch (CheckpointFormatException)
        {
            if (!_repair())
            {
                throw;
            }
        }

        // What was wrong was the copy in the cache.
        return open();
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
