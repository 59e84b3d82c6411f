using MaskGen.ML.Checkpoints;
using MaskGen.ML.Generation;
using MaskGen.ML.Inference;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <content>Loads, warms up and frees the model.</content>
public sealed partial class AutomaticMaskGenerator
{
    /// <summary>Loads the model of the options, and downloads it first where that is needed; <see cref="CreateAsync"/> does so without
    /// blocking, with progress.</summary>
    /// <param name="options">What to do and with which model; null for the defaults with the default model.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint or its configuration is not a SAM 2.</exception>
    /// <exception cref="IOException">A file cannot be read, or <see cref="Sam2DownloadException"/>: it could not be downloaded.</exception>
    /// <exception cref="InvalidOperationException">A GPU was asked for that cannot be used.</exception>
    /// <exception cref="NotSupportedException">The options ask for what an ONNX export cannot do, such as
    /// <see cref="AutomaticMaskGenerationOptions.UseM2m"/> where it takes no masks.</exception>
    public AutomaticMaskGenerator(AutomaticMaskGenerationOptions? options = null)
    {
        _options = Validated(options);
        _grids = _options.Grids();
        var model = _options.Model ?? Sam2Model.Nano;
        using var opened = model.OpenVerified();
        (_modelName, _fingerprint) = (model.Name, opened.Fingerprint);
        (_config, _filter, _ownsParts) = (opened.Config, new MaskFilter(_options, model.RecommendedThresholds), true);
        (_encoder, _decoder) = EncoderAndDecoder.Load(opened, _options.Session);
        _encode = _encoder.Encode;
        _options = Supported(_options);
    }

    /// <summary>Loads the model from where it is open already; it is not needed afterwards.</summary>
    internal AutomaticMaskGenerator(
        OpenedSam2Model opened,
        RecommendedThresholds recommended,
        AutomaticMaskGenerationOptions options,
        string? fingerprint = null,
        string? modelName = null)
    {
        _options = Validated(options);
        _grids = options.Grids();
        (_modelName, _fingerprint) = (modelName, fingerprint);
        (_config, _filter, _ownsParts) = (opened.Config, new MaskFilter(options, recommended), true);
        (_encoder, _decoder) = EncoderAndDecoder.Load(opened, _options.Session);
        _encode = _encoder.Encode;
        _options = Supported(_options);
    }

    /// <summary>Loads the decoder alone, to segment from embeddings, from weights that have been verified; of them just those of the
    /// decoder are needed.</summary>
    /// <exception cref="InvalidOperationException">The options ask for crops.</exception>
    internal AutomaticMaskGenerator(
        Sam2ModelConfig config,
        ICheckpoint decoderWeights,
        RecommendedThresholds recommended,
        AutomaticMaskGenerationOptions options,
        string? fingerprint = null,
        string? modelName = null)
        : this(new OpenedSam2Model(config, decoderWeights, OwnsWeights: false), options, recommended, fingerprint, modelName)
    {
    }

    /// <summary>The same, from a model that is open.</summary>
    internal AutomaticMaskGenerator(
        OpenedSam2Model opened,
        AutomaticMaskGenerationOptions options,
        RecommendedThresholds recommended,
        string? fingerprint = null,
        string? modelName = null)
    {
        _options = Validated(options);
        _grids = options.Grids();
        ThrowIfCropped(options);
        (_modelName, _fingerprint) = (modelName, fingerprint);
        (_config, _filter, _ownsParts) = (opened.Config, new MaskFilter(options, recommended), true);
        _encode = EncodeNothing;
        _decoder = Sam2PromptDecoder.CreateMaskDecoder(opened, options.Session);
        _options = Supported(_options);
    }

    /// <summary>Works with an encoder and a decoder that stay the caller's.</summary>
    internal AutomaticMaskGenerator(
        Sam2ModelConfig config,
        Func<RgbImage, CancellationToken, EncodedImage> encode,
        IMaskDecoder decoder,
        RecommendedThresholds recommended,
        AutomaticMaskGenerationOptions options,
        string? fingerprint = null)
    {
        _options = Validated(options);
        _grids = options.Grids();
        _config = config;
        _encode = encode;
        _decoder = decoder;
        _filter = new MaskFilter(options, recommended);
        _fingerprint = fingerprint;
        _options = Supported(_options);
    }

    /// <summary>The device that the model runs on.</summary>
    public Sam2Device Device => _decoder.Device;

    /// <summary>Loads the model of the options without blocking: downloads it where it is not in the cache, reads and verifies it on the
    /// thread pool.</summary>
    /// <param name="options">What to do and with which model; null for the defaults with the default model.</param>
    /// <param name="progress">Progress callback of a download, as for <see cref="Sam2Model.PrepareAsync"/>; null for none.</param>
    /// <param name="cancellationToken">Stops the work; not while ONNX Runtime builds the session.</param>
    /// <returns>The generator; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">An option is out of its range; thrown by the call itself.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint or its configuration is not a SAM 2.</exception>
    /// <exception cref="IOException">A file cannot be read, or <see cref="Sam2DownloadException"/>: it could not be downloaded.</exception>
    /// <exception cref="InvalidOperationException">A GPU was asked for that cannot be used.</exception>
    /// <exception cref="NotSupportedException">The options ask for what an ONNX export cannot do, such as
    /// <see cref="AutomaticMaskGenerationOptions.UseM2m"/> where it takes no masks.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static Task<AutomaticMaskGenerator> CreateAsync(
        AutomaticMaskGenerationOptions? options = null,
        IProgress<Sam2DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var validated = Validated(options);
        var model = validated.Model ?? Sam2Model.Nano;
        return model.LoadAsync(
            opened => new AutomaticMaskGenerator(opened, model.RecommendedThresholds, validated, opened.Fingerprint, model.Name),
            progress,
            cancellationToken);
    }

    /// <summary>Optional. Encodes a black image and decodes a point, and discards both, so that the first real image is as fast as later
    /// ones. Costs about one encode.</summary>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <returns>A task that ends when the generator is warm; it runs on the thread pool.</returns>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The generator is disposed.</exception>
    public async Task WarmUpAsync(CancellationToken cancellationToken = default)
    {
        if (_encoder is not null)
        {
            await _encoder.WarmUpAsync(cancellationToken).ConfigureAwait(false);
        }

        await Task.Run(() => Sam2PromptDecoder.WarmUp(_decoder, _config, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        if (_ownsParts)
        {
            _decoder.Dispose();
            _encoder?.Dispose();
        }
    }

    private static AutomaticMaskGenerationOptions Validated(AutomaticMaskGenerationOptions? options)
    {
        options ??= new AutomaticMaskGenerationOptions();
        options.Validate();
        return options;
    }

    // What the decoder cannot do is said before an image is encoded. Where an export gives one mask for a point, that is what is taken.
    private AutomaticMaskGenerationOptions Supported(AutomaticMaskGenerationOptions options)
    {
        try
        {
            var output = Sam2PromptDecoder.Supports(_decoder, options.Output) || options.Output == MaskOutput.Single
                ? options.Output
                : MaskOutput.Single;
            _decoder.ThrowIfUnsupported(output, withMasks: false);
            if (options.UseM2m)
            {
                _decoder.ThrowIfUnsupported(MaskOutput.Single, withMasks: true);
            }

            return options with { Output = output };
        }
        catch when (_ownsParts)
        {
            _decoder.Dispose();
            _encoder?.Dispose();
            throw;
        }
    }

    private static EncodedImage EncodeNothing(RgbImage image, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Expected an embedding: this generator was loaded without an image encoder.");
}
