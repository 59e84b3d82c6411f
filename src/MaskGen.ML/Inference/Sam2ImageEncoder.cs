using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>Runs SAM 2's image encoder: an image in, an embedding out that can be prompted many times.</summary>
/// <remarks>Safe for concurrent use. Holds the weights until disposed; disposing waits for calls in flight, and later ones throw
/// <see cref="ObjectDisposedException"/>.</remarks>
public sealed class Sam2ImageEncoder : IDisposable
{
    private readonly OnnxImageEncoder? _own;
    private readonly ExportImageEncoder? _export;
    private readonly Sam2ModelConfig _config;
    private readonly string? _fingerprint;

    /// <summary>Loads the encoder of a model, and downloads the model first where that is needed;
    /// <see cref="CreateAsync"/> does so without blocking, with progress.</summary>
    /// <param name="model">Which model.</param>
    /// <param name="options">Device and threads, or null for the CPU with one thread per core.</param>
    /// <exception cref="ArgumentNullException"><paramref name="model"/> is null.</exception>
    /// <exception cref="ArgumentException">An option has a value that it may not have.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint or its configuration is not a SAM 2.</exception>
    /// <exception cref="InvalidOperationException">A GPU was asked for that cannot be used.</exception>
    public Sam2ImageEncoder(Sam2Model model, Sam2SessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var opened = model.OpenVerified();
        _config = opened.Config;
        _fingerprint = opened.Fingerprint;
        (_own, _export) = Create(opened, options);
    }

    /// <summary>Loads the encoder of a model that is open and verified; it is not needed afterwards.</summary>
    internal Sam2ImageEncoder(OpenedSam2Model opened, Sam2SessionOptions? options, string? fingerprint)
    {
        _fingerprint = fingerprint;
        _config = opened.Config;
        (_own, _export) = Create(opened, options);
    }

    /// <summary>Loads the encoder from open weights that have been verified; they are not needed afterwards.</summary>
    internal Sam2ImageEncoder(
        Sam2ModelConfig config,
        ICheckpoint weights,
        Sam2SessionOptions? options = null,
        string? fingerprint = null,
        EncoderPrecision precision = EncoderPrecision.Float32)
    {
        _fingerprint = fingerprint;
        _config = config;
        _own = CreateOwn(weights, options, precision);
    }

    /// <summary>The device that the encoder runs on.</summary>
    public Sam2Device Device => _export?.Device ?? _own!.Device;

    /// <summary>Side S of the square that an image is resized to, in pixels; of an ONNX export whose tokens do not have 16 pixels a side,
    /// four times the side of its masks.</summary>
    public int InputSize => _config.ImageSize;

    /// <summary>Loads the encoder of a model without blocking: downloads the model where it is not in the cache, reads and verifies it on
    /// the thread pool.</summary>
    /// <param name="model">Which model.</param>
    /// <param name="options">Device and threads, or null for the CPU with one thread per core.</param>
    /// <param name="progress">Progress callback of a download, as for <see cref="Sam2Model.PrepareAsync"/>; null for none.</param>
    /// <param name="cancellationToken">Stops the work; not while ONNX Runtime builds the session.</param>
    /// <returns>The encoder; the caller disposes it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="model"/> is null.</exception>
    /// <exception cref="ArgumentException">An option has a value that it may not have.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint or its configuration is not a SAM 2.</exception>
    /// <exception cref="IOException">A file cannot be read, or <see cref="Sam2DownloadException"/>: it could not be downloaded.</exception>
    /// <exception cref="InvalidOperationException">A GPU was asked for that cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static Task<Sam2ImageEncoder> CreateAsync(
        Sam2Model model,
        Sam2SessionOptions? options = null,
        IProgress<Sam2DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.LoadAsync(
            opened => new Sam2ImageEncoder(opened, options, opened.Fingerprint), progress, cancellationToken);
    }

    /// <summary>Optional. Encodes a black image and discards the result, so that the first real one is as fast as later ones: ONNX Runtime
    /// and the runtime's compiler do their first-time work here. Costs about one encode.</summary>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <returns>A task that ends when the encoder is warm; it runs on the thread pool.</returns>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The encoder is disposed.</exception>
    public Task WarmUpAsync(CancellationToken cancellationToken = default)
    {
        var size = new ImageSize(InputSize, InputSize);
        return Task.Run(() => { _ = Encode(new RgbImage(size, new byte[3 * size.PixelCount]), cancellationToken); }, cancellationToken);
    }

    /// <summary>Encodes an image.</summary>
    /// <param name="image">The image, of any size; it is resized to S x S without keeping its aspect ratio, as SAM 2 does.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public EncodedImage Encode(RgbImage image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return _export is not null
            ? _export.Encode(image, _fingerprint, cancellationToken)
            : Encode(Imaging.Sam2Preprocessing.Preprocess(image, InputSize, cancellationToken), image.Size, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _own?.Dispose();
        _export?.Dispose();
    }

    /// <summary>Encodes an image that is already resized and normalized.</summary>
    /// <param name="pixelValues">float32 [1, 3, S, S].</param>
    /// <param name="imageSize">Size of the original image: the frame of later prompts.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="NotSupportedException">The model is an ONNX export that takes other pixels.</exception>
    internal EncodedImage Encode(ReadOnlyMemory<float> pixelValues, ImageSize imageSize, CancellationToken cancellationToken) =>
        _export is not null
            ? _export.Encode(pixelValues, imageSize, _fingerprint, cancellationToken)
            : _own!.Encode(pixelValues, imageSize, _fingerprint, cancellationToken);

    private (OnnxImageEncoder? Own, ExportImageEncoder? Export) Create(OpenedSam2Model opened, Sam2SessionOptions? options) =>
        opened.Export is { } export
            ? (null, DeviceFallback.Load(options, settled => new ExportImageEncoder(export, settled, owner: this)))
            : (CreateOwn(opened.Weights, options, opened.EncoderPrecision), null);

    private OnnxImageEncoder CreateOwn(ICheckpoint weights, Sam2SessionOptions? options, EncoderPrecision precision) =>
        DeviceFallback.Load(options, settled =>
        {
            if (precision == EncoderPrecision.Int8)
            {
                Int8Processor.ThrowUnlessCpu(OnnxSessionOptions.DeviceOf(settled));
            }

            return new OnnxImageEncoder(_config, weights, settled, precision, owner: this);
        });
}
