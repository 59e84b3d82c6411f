using System.ComponentModel;
using MaskGen.ML.Checkpoints;
using MaskGen.ML.Models;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>A SAM 2 model by where its weights are; nothing is loaded until it is needed.</summary>
/// <remarks>Safe to share between threads. Nothing of a failure is remembered: a model that could not be opened, or downloaded, is tried
/// again by the next that needs it. Configuration binds a text to it as <see cref="FromNameOrPath"/> reads it.</remarks>
[TypeConverter(typeof(Sam2ModelConverter))]
public sealed partial class Sam2Model
{
    private static readonly Lazy<Sam2Model> LazyNano = new(() => EmbeddedModel.Load("Nano"));

    private readonly Func<OpenedSam2Model>? _open;
    private readonly HubModel? _hub;
    private readonly RecommendedThresholds? _thresholds;
    private volatile string? _fingerprint;

    internal Sam2Model(string name, RecommendedThresholds recommendedThresholds, Func<OpenedSam2Model> open)
    {
        Name = name;
        _thresholds = recommendedThresholds;
        _open = open;
    }

    private Sam2Model(string name, HubModel model)
    {
        Name = name;
        _hub = model;
    }

    private Sam2Model(Sam2Model other, EncoderPrecision encoderPrecision)
    {
        (Name, EncoderPrecision) = (other.Name, encoderPrecision);
        (_thresholds, _open, _hub) = (other._thresholds, other._open, other._hub);
    }

    /// <summary>The default model, which is part of this assembly: small, trained on synthetic scenes alone, works without a network.
    /// For photos the official checkpoints are far better.</summary>
    public static Sam2Model Nano => LazyNano.Value;

    /// <summary>Name of the model, such as <c>nano</c> or <c>facebook/sam2-hiera-tiny</c>; for one from disk the name of its file or
    /// folder, without the path, unless a <c>maskgen.json</c> gives another. Results and saved pipelines show it.</summary>
    public string Name { get; }

    /// <summary>What the image encoder computes its matrix products with: <see cref="EncoderPrecision.Float32"/> unless
    /// <see cref="WithEncoderPrecision"/> says otherwise.</summary>
    public EncoderPrecision EncoderPrecision { get; }

    /// <summary>The thresholds that apply where the options set none: those of the model's <c>maskgen.json</c>, otherwise
    /// <see cref="RecommendedThresholds.Official"/>. Of a model of a hub that is not in the cache they are known once it has been
    /// downloaded, so this gives the official ones until then (see <see cref="PrepareAsync"/>); stages use the right ones from the first
    /// image on.</summary>
    public RecommendedThresholds RecommendedThresholds => _thresholds ?? _hub!.RecommendedThresholds;

    /// <summary>The same model with another precision of its image encoder; the decoder always computes in float32.</summary>
    /// <param name="encoderPrecision">What the image encoder computes its matrix products with.</param>
    /// <returns>A model of the same name and weights, of which nothing is loaded yet either.</returns>
    /// <remarks>
    /// <para>It counts as another model (another fingerprint): its embeddings differ from those of float32, and each is decoded by the
    /// model that made it. Saved pipelines keep the precision.</para>
    /// <para><see cref="EncoderPrecision.Int8"/> takes half to two thirds of the time on a CPU with fast 8-bit products (VNNI on x64, dot
    /// products on ARM), and a quarter of the memory for most weights; masks change a little. On a GPU it is refused when the model is
    /// loaded, by <see cref="InvalidOperationException"/>.</para>
    /// <para><see cref="EncoderPrecision.Float16"/> is for GPUs, and half the memory for most weights; nobody has measured there what it
    /// saves. On a CPU it gives nearly the same masks in about the time of float32.</para>
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">There is no such precision.</exception>
    public Sam2Model WithEncoderPrecision(EncoderPrecision encoderPrecision)
    {
        if (!Enum.IsDefined(encoderPrecision))
        {
            throw new ArgumentOutOfRangeException(
                nameof(encoderPrecision), encoderPrecision, $"Expected one of {string.Join(", ", Enum.GetNames<EncoderPrecision>())}.");
        }

        return encoderPrecision == EncoderPrecision ? this : new Sam2Model(this, encoderPrecision);
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
        return new Sam2Model(name, recommendedThresholds, () => new OpenedSam2Model(config, weights, OwnsWeights: false));
    }

    /// <summary>An export that is in memory already, such as one that was saved inside an archive.</summary>
    /// <param name="name">Name to show.</param>
    /// <param name="recommendedThresholds">The thresholds that apply where the options set none.</param>
    /// <param name="export">What there is of it.</param>
    internal static Sam2Model FromOpened(string name, RecommendedThresholds recommendedThresholds, OnnxExport export) =>
        new(name, recommendedThresholds, () => OpenedSam2Model.Of(export));

    /// <summary>Opens the model and says what it is; reads all of its weights file, for the hash.</summary>
    /// <exception cref="CheckpointFormatException">One of its files is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read, or <see cref="Sam2DownloadException"/>: it could not be fetched.</exception>
    public Sam2ModelDescription Describe()
    {
        using var opened = OpenVerified();
        return ModelDescriber.Describe(this, opened);
    }

    /// <summary>Identifies the model, as it was when it was last opened; see <see cref="OpenedSam2Model.Fingerprint"/>. Opens the model
    /// the first time.</summary>
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

    /// <summary>Whether it is <see cref="Nano"/>, in any precision.</summary>
    internal bool IsNano => ReferenceEquals(_open, Nano._open);

    /// <summary>One line about the model, such as <c>SAM 2 model nano</c>; opens nothing.</summary>
    public override string ToString() =>
        $"SAM 2 model {Name}{(EncoderPrecision == EncoderPrecision.Float32 ? string.Empty : $", image encoder in {EncoderPrecision}")}";

    /// <summary>Makes the model ready to use: downloads it where it is not in the cache, opens it, and checks configuration and weights.
    /// What is loaded afterwards finds everything on disk.</summary>
    /// <param name="progress">Progress callback of a download, invoked by the download, never twice at the same time; null for none. It
    /// is also told why a download waits or is tried again (<see cref="Sam2DownloadProgress.Message"/>). An exception that it throws ends
    /// the download and reaches the caller.</param>
    /// <param name="cancellationToken">Stops the work, within a second while it downloads; what has arrived is kept.</param>
    /// <returns>A task that ends when the model is ready; the reading is done on the thread pool.</returns>
    /// <exception cref="CheckpointFormatException">One of its files is not what it should be.</exception>
    /// <exception cref="Sam2DownloadException">It could not be downloaded; the message says why and what to do.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public Task PrepareAsync(IProgress<Sam2DownloadProgress>? progress = null, CancellationToken cancellationToken = default) =>
        LoadAsync(opened => opened.Config, progress, cancellationToken);

    /// <summary>Prepares the model and makes something of it while it is open, all on the thread pool.</summary>
    /// <param name="load">Gets the verified model, which is closed afterwards.</param>
    /// <param name="progress">As for <see cref="PrepareAsync"/>.</param>
    /// <param name="cancellationToken">Stops the work; not within <paramref name="load"/>.</param>
    internal Task<T> LoadAsync<T>(
        Func<OpenedSam2Model, T> load, IProgress<Sam2DownloadProgress>? progress, CancellationToken cancellationToken) =>
        Task.Run(
            async () =>
            {
                using var opened = await OpenAsync(Verify, progress, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                return load(opened);
            },
            cancellationToken);

    /// <summary>Opens configuration and weights; the caller disposes the result.</summary>
    internal OpenedSam2Model Open() => Open(AsAskedFor);

    /// <summary>Opens configuration and weights and checks that they fit each other; the caller disposes the result.</summary>
    /// <exception cref="CheckpointFormatException">They do not.</exception>
    internal OpenedSam2Model OpenVerified() => Open(Verify);

    // A local model opens without waiting; for one of a hub the calling thread blocks until it is downloaded.
    private OpenedSam2Model Open(Func<OpenedSam2Model, OpenedSam2Model> check) => _open is not null
        ? check(_open())
        : Task.Run(() => OpenAsync(check, progress: null, CancellationToken.None)).GetAwaiter().GetResult();

    private async Task<OpenedSam2Model> OpenAsync(
        Func<OpenedSam2Model, OpenedSam2Model> check, IProgress<Sam2DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_hub is null)
        {
            return check(_open!());
        }

        try
        {
            return check(await _hub.OpenAsync(progress, cancellationToken).ConfigureAwait(false));
        }
        catch (CheckpointFormatException)
        {
            if (!await _hub.RepairAsync(progress, cancellationToken).ConfigureAwait(false))
            {
                throw;
            }
        }

        // What was wrong was the copy in the cache.
        return check(await _hub.OpenAsync(progress, cancellationToken).ConfigureAwait(false));
    }

    private OpenedSam2Model AsAskedFor(OpenedSam2Model opened) => opened with { EncoderPrecision = EncoderPrecision };

    private OpenedSam2Model Verify(OpenedSam2Model found)
    {
        var opened = AsAskedFor(found);
        try
        {
            if (opened.Export is not null && EncoderPrecision != EncoderPrecision.Float32)
            {
                throw new InvalidOperationException(
                    $"Expected a checkpoint for an image encoder in {EncoderPrecision}, found a model in ONNX, whose files have their "
                    + $"own precision: choose other files of it, or {EncoderPrecision.Float32}.");
            }

            Sam2CheckpointContract.Verify(opened.RequiredTensors, opened.Weights);
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
