using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.Inference.Decoding;
using MaskGen.ML.Masks;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>Runs SAM 2's prompt encoder and mask decoder: an encoded image and prompts in, masks out.</summary>
/// <remarks>Safe for concurrent use; disposing waits for calls in flight, and later ones throw <see cref="ObjectDisposedException"/>. A
/// prompt's masks do not depend on the prompts beside it: prompts of different length are never padded to one, unlike in the Hugging Face
/// processor, where that changes the masks.</remarks>
public sealed class Sam2PromptDecoder : IDisposable
{
    /// <summary>Prompts that are decoded in one run; larger batches gain nothing and cost memory.</summary>
    internal const int DefaultBatchSize = 32;

    private readonly Sam2ModelConfig _config;
    private readonly IMaskDecoder _decoder;
    private readonly string? _fingerprint;
    private readonly string? _modelName;
    private volatile bool _isDisposed;

    /// <summary>Loads the decoder of a model, and downloads the model first where that is needed;
    /// <see cref="CreateAsync"/> does so without blocking, with progress.</summary>
    /// <param name="model">Which model.</param>
    /// <param name="options">Device and threads, or null for the CPU with one thread per core.</param>
    /// <exception cref="ArgumentNullException"><paramref name="model"/> is null.</exception>
    /// <exception cref="ArgumentException">An option has a value that it may not have.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint or its configuration is not a SAM 2.</exception>
    /// <exception cref="InvalidOperationException">A GPU was asked for that cannot be used.</exception>
    public Sam2PromptDecoder(Sam2Model model, Sam2SessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var opened = model.OpenVerified();
        _modelName = model.Name;
        _config = opened.Config;
        _fingerprint = opened.Fingerprint;
        _decoder = CreateMaskDecoder(opened, options);
    }

    /// <summary>Loads the decoder of a model that is open and verified; it is not needed afterwards.</summary>
    internal Sam2PromptDecoder(OpenedSam2Model opened, Sam2SessionOptions? options, string? fingerprint)
        : this(opened.Config, CreateMaskDecoder(opened, options), fingerprint)
    {
    }

    /// <summary>Loads the decoder from open weights that have been verified; they are not needed afterwards.</summary>
    internal Sam2PromptDecoder(Sam2ModelConfig config, ICheckpoint weights, Sam2SessionOptions? options = null, string? fingerprint = null)
        : this(config, CreateMaskDecoder(config, weights, options), fingerprint)
    {
    }

    private Sam2PromptDecoder(Sam2Model model, OpenedSam2Model opened, Sam2SessionOptions? options)
        : this(opened, options, opened.Fingerprint) => _modelName = model.Name;

    /// <summary>Wraps a decoder, and owns it.</summary>
    internal Sam2PromptDecoder(Sam2ModelConfig config, IMaskDecoder decoder, string? fingerprint = null, string? modelName = null)
    {
        _fingerprint = fingerprint;
        _modelName = modelName;
        _config = config;
        _decoder = decoder;
    }

    /// <summary>The device that the decoder runs on.</summary>
    public Sam2Device Device => _decoder.Device;

    /// <summary>Loads the decoder of a model without blocking: downloads the model where it is not in the cache, reads and verifies it on
    /// the thread pool.</summary>
    /// <param name="model">Which model.</param>
    /// <param name="options">Device and threads, or null for the CPU with one thread per core.</param>
    /// <param name="progress">Progress callback of a download, as for <see cref="Sam2Model.PrepareAsync"/>; null for none.</param>
    /// <param name="cancellationToken">Stops the work; not while the weights are rearranged.</param>
    /// <returns>The decoder; the caller disposes it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="model"/> is null.</exception>
    /// <exception cref="ArgumentException">An option has a value that it may not have.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint or its configuration is not a SAM 2.</exception>
    /// <exception cref="IOException">A file cannot be read, or <see cref="Sam2DownloadException"/>: it could not be downloaded.</exception>
    /// <exception cref="InvalidOperationException">A GPU was asked for that cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static Task<Sam2PromptDecoder> CreateAsync(
        Sam2Model model,
        Sam2SessionOptions? options = null,
        IProgress<Sam2DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.LoadAsync(opened => new Sam2PromptDecoder(model, opened, options), progress, cancellationToken);
    }

    /// <summary>Optional. Decodes a point on an empty embedding and discards the result, so that the first real prompt is as fast as later
    /// ones. Costs about one prompt.</summary>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <returns>A task that ends when the decoder is warm; it runs on the thread pool.</returns>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The decoder is disposed.</exception>
    public Task WarmUpAsync(CancellationToken cancellationToken = default) =>
        Task.Run(() => WarmUp(_decoder, _config, cancellationToken), cancellationToken);

    /// <summary>Optional. Computes what all prompts on an image share, so that the first one costs no more than the next: right after
    /// encoding, where someone is going to click. The image prepared last is kept.</summary>
    /// <param name="image">The encoded image, from an encoder of the same model.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="ArgumentException">The image was encoded by another model, or has values that are NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The decoder is disposed.</exception>
    public void Prepare(EncodedImage image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        Sam2PromptValidation.Validate(image, [], _config, _fingerprint, _modelName);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        _decoder.Prepare(image, cancellationToken).Dispose();
    }

    /// <summary>Makes sure, before anything is encoded, that the decoder gives such masks and takes such prompts.</summary>
    /// <param name="output">Which masks will be asked for.</param>
    /// <param name="withMasks">Whether prompts have earlier masks.</param>
    /// <exception cref="NotSupportedException">The model is an ONNX export that does not.</exception>
    internal void ThrowIfUnsupported(MaskOutput output, bool withMasks) => _decoder.ThrowIfUnsupported(output, withMasks);

    /// <summary>What all prompts on an image share, to be kept by a caller who goes to and fro between several images.</summary>
    /// <param name="image">The encoded image, from an encoder of the same model.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <returns>The prepared image; the caller disposes it.</returns>
    internal IPreparedImage Hold(EncodedImage image, CancellationToken cancellationToken = default)
    {
        Sam2PromptValidation.Validate(image, [], _config, _fingerprint, _modelName);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _decoder.Prepare(image, cancellationToken);
    }

    /// <summary>Decodes prompts on an image that is held; otherwise as for an encoded image.</summary>
    /// <param name="prepared">The image.</param>
    /// <param name="prompts">The prompts, in pixels of the original image.</param>
    /// <param name="output">One mask per prompt, or three.</param>
    /// <param name="cancellationToken">Ends the work within a batch.</param>
    internal IReadOnlyList<DecodedPrompt> DecodeHeld(
        IPreparedImage prepared, IReadOnlyList<Sam2Prompt> prompts, MaskOutput output, CancellationToken cancellationToken)
    {
        Sam2PromptValidation.Validate(prepared.Image, prompts, _config, _fingerprint, _modelName);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return Decode(prepared, prompts, output, cancellationToken);
    }

    /// <summary>Decodes prompts on one image; each prompt is one object.</summary>
    /// <param name="image">The encoded image, from an encoder of the same model.</param>
    /// <param name="prompts">The prompts, in pixels of the original image; any mix of lengths, any number: they are decoded in batches. All
    /// are checked before the first is decoded.</param>
    /// <param name="output">One mask per prompt, or three.</param>
    /// <param name="cancellationToken">Ends the work within a batch.</param>
    /// <returns>One answer per prompt, in their order. Logits take <c>4 * (S/4)^2</c> bytes per mask: ask in portions when there are very
    /// many prompts.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">A prompt is null or empty, or has a label that is not a user's, a point off the image, a
    /// coordinate or a mask logit that is NaN or infinite, more points than <see cref="Sam2Prompt.MaximumPoints"/>, a box that is swapped,
    /// without area, off the image or far beyond it, or a mask of the wrong size; all coordinates lie in [0, 1], where pixels are wanted;
    /// or the image was encoded by another model, or has values that are NaN or infinite. The message names the prompt, what was expected
    /// and what was found.</exception>
    /// <exception cref="NotSupportedException">The model is an ONNX export that takes no such prompts, or does not give so many
    /// masks.</exception>
    /// <exception cref="InvalidOperationException">The model's answer is NaN: its weights lead beyond the range of a float.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The decoder is disposed.</exception>
    public IReadOnlyList<DecodedPrompt> Decode(
        EncodedImage image, IReadOnlyList<Sam2Prompt> prompts, MaskOutput output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(prompts);
        Sam2PromptValidation.Validate(image, prompts, _config, _fingerprint, _modelName);
        Validate(output);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using var prepared = _decoder.Prepare(image, cancellationToken);
        return Decode(prepared, prompts, output, cancellationToken);
    }

    /// <summary>Decodes prompts on one image to masks at the image's size; each prompt is one object.</summary>
    /// <param name="image">The encoded image, from an encoder of the same model.</param>
    /// <param name="prompts">The prompts, in pixels of the original image; any mix of lengths, any number: logits are discarded batch by
    /// batch. All are checked before the first is decoded.</param>
    /// <param name="output">One mask per prompt, or three.</param>
    /// <param name="options">Thresholds; null for SAM 2's own.</param>
    /// <param name="cancellationToken">Ends the work within a batch.</param>
    /// <returns>The masks of the first prompt, then those of the next.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">As in
    /// <see cref="Decode(EncodedImage, IReadOnlyList{Sam2Prompt}, MaskOutput, CancellationToken)"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="output"/> is none of its values, or an option is out of its
    /// range.</exception>
    /// <exception cref="NotSupportedException">The model is an ONNX export that takes no such prompts, or does not give so many
    /// masks.</exception>
    /// <exception cref="InvalidOperationException">The model's answer is NaN: its weights lead beyond the range of a float.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The decoder is disposed.</exception>
    public MaskSet Segment(
        EncodedImage image,
        IReadOnlyList<Sam2Prompt> prompts,
        MaskOutput output,
        PromptSegmentationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(prompts);
        Sam2PromptValidation.Validate(image, prompts, _config, _fingerprint, _modelName);
        Validate(output);
        options ??= PromptSegmentationOptions.Default;
        options.Validate();
        var cut = new MaskCut(options.MaskThreshold, options.StabilityScoreOffset);
        var masks = new List<MaskRecord>();
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using var prepared = _decoder.Prepare(image, cancellationToken);
        foreach (var portion in prompts.Chunk(DefaultBatchSize))
        {
            var answers = Decode(prepared, portion, output, cancellationToken);
            masks.AddRange(PromptMasks.Create(image.ImageSize, _config.MaskSize, portion, answers, cut, cancellationToken));
        }

        return new MaskSet(image.ImageSize, masks);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _decoder.Dispose();
    }

    /// <summary>The decoder of a model that suits the options.</summary>
    internal static IMaskDecoder CreateMaskDecoder(OpenedSam2Model opened, Sam2SessionOptions? options) => opened.Export is { } export
        ? DeviceFallback.Load(options, settled => new ExportMaskDecoder(export, settled))
        : CreateMaskDecoder(opened.Config, opened.Weights, options);

    /// <summary>The decoder that suits the options.</summary>
    internal static IMaskDecoder CreateMaskDecoder(Sam2ModelConfig config, ICheckpoint weights, Sam2SessionOptions? options) =>
        DeviceFallback.Load<IMaskDecoder>(options, settled => settled is { IsOnCpu: true, ComputesAsElsewhere: false }
            ? new FusedMaskDecoder(weights, config, settled) { Device = settled.CpuDevice }
            : new OnnxMaskDecoder(config, weights, settled));

    /// <summary>Decodes a point on an empty embedding.</summary>
    internal static void WarmUp(IMaskDecoder decoder, Sam2ModelConfig config, CancellationToken cancellationToken)
    {
        var image = EncodedImage.Empty(config);
        using var prepared = decoder.Prepare(image, cancellationToken);
        var output = Supports(decoder, MaskOutput.Multimask) ? MaskOutput.Multimask : MaskOutput.Single;
        var point = Sam2Prompt.FromPoint(0, 0);
        foreach (var (batch, _) in PromptBatcher.Group([point], image.ImageSize, image.InputSize, batchSize: 1, output))
        {
            using var decoded = decoder.Decode(prepared, batch, cancellationToken);
            decoded.UpscaleMasks(
                [new MaskIndex(0, output == MaskOutput.Single ? 0 : 1)], new float[config.MaskSize * config.MaskSize], cancellationToken);
        }
    }

    /// <summary>Whether a decoder gives such masks.</summary>
    internal static bool Supports(IMaskDecoder decoder, MaskOutput output)
    {
        try
        {
            decoder.ThrowIfUnsupported(output, withMasks: false);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    private static void Validate(MaskOutput output)
    {
        if (!Enum.IsDefined(output))
        {
            throw new ArgumentOutOfRangeException(nameof(output), output, $"Expected {string.Join(" or ", Enum.GetNames<MaskOutput>())}.");
        }
    }

    private int MaskPixels => _config.MaskSize * _config.MaskSize;

    private DecodedPrompt[] Decode(
        IPreparedImage prepared, IReadOnlyList<Sam2Prompt> prompts, MaskOutput output, CancellationToken cancellationToken)
    {
        var answers = new DecodedPrompt[prompts.Count];
        _decoder.ThrowIfUnsupported(output, prompts.Any(prompt => prompt.HasMask));
        var batchSize = Math.Min(DefaultBatchSize, PromptBatch.LargestCount(_config));
        var groups = PromptBatcher.Group(prompts, prepared.Image.ImageSize, prepared.Image.InputSize, batchSize, output);
        foreach (var (batch, indices) in groups)
        {
            using var decoded = _decoder.Decode(prepared, batch, cancellationToken);
            var masks = output == MaskOutput.Single ? Single(decoded, cancellationToken) : Multimask(decoded, cancellationToken);
            for (var i = 0; i < indices.Length; i++)
            {
                answers[indices[i]] = new DecodedPrompt { Masks = masks[i], ObjectScoreLogit = decoded.ObjectScoreLogits[i] };
            }
        }

        return answers;
    }

    private DecodedMask[][] Single(IDecodedBatch batch, CancellationToken cancellationToken)
    {
        var logits = new float[batch.Count * MaskPixels];
        var tokens = SingleMaskChoice.Upscale(batch, _config.MaskDecoder, MaskPixels, logits, cancellationToken);
        var masks = new DecodedMask[batch.Count][];
        for (var prompt = 0; prompt < batch.Count; prompt++)
        {
            masks[prompt] = [Mask(batch, logits, prompt, prompt, tokens[prompt])];
        }

        return masks;
    }

    private DecodedMask[][] Multimask(IDecodedBatch batch, CancellationToken cancellationToken)
    {
        var outputs = batch.MaskTokens - 1;
        var indices = new MaskIndex[batch.Count * outputs];
        for (var i = 0; i < indices.Length; i++)
        {
            indices[i] = new MaskIndex(i / outputs, 1 + (i % outputs));
        }

        var logits = new float[indices.Length * MaskPixels];
        batch.UpscaleMasks(indices, logits, cancellationToken);
        var masks = new DecodedMask[batch.Count][];
        for (var prompt = 0; prompt < batch.Count; prompt++)
        {
            masks[prompt] = new DecodedMask[outputs];
            for (var i = 0; i < outputs; i++)
            {
                masks[prompt][i] = Mask(batch, logits, (prompt * outputs) + i, prompt, 1 + i);
            }
        }

        return masks;
    }

    private DecodedMask Mask(IDecodedBatch batch, float[] logits, int slot, int prompt, int token) =>
        new()
        {
            LowResolutionMaskLogits = logits.AsMemory(slot * MaskPixels, MaskPixels),
            PredictedIou = batch.PredictedIou[(prompt * batch.MaskTokens) + token],
            MaskToken = token,
        };
}
