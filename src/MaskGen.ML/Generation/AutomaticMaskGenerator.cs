using MaskGen.ML.Generation;
using MaskGen.ML.Inference;
using MaskGen.ML.Masks;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>Segments everything in an image: a grid of points over it and over crops of it, filtered, without duplicates.</summary>
/// <remarks>
/// Safe for concurrent use; holds the weights until disposed, after which every call throws <see cref="ObjectDisposedException"/>. Memory
/// is bounded by the image, not by the number of points: logits are measured and dropped batch by batch, masks live as run lengths. The
/// masks do not depend on <see cref="AutomaticMaskGenerationOptions.PointsPerBatch"/>. Source: SAM 2 2b90b9f,
/// sam2/automatic_mask_generator.py.
/// </remarks>
public sealed class AutomaticMaskGenerator : IDisposable
{
    private readonly AutomaticMaskGenerationOptions _options;
    private readonly Sam2ModelConfig _config;
    private readonly Func<RgbImage, CancellationToken, EncodedImage>? _encode;
    private readonly IMaskDecoder _decoder;
    private readonly MaskFilter _filter;
    private readonly (float X, float Y)[][] _grids;
    private readonly Stack<IDisposable> _owned = [];

    /// <summary>Loads the model of the options.</summary>
    /// <param name="options">What to do and with which model; null for the defaults with the default model.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="CheckpointFormatException">The checkpoint or its configuration is not a SAM 2.</exception>
    /// <exception cref="InvalidOperationException">A GPU was asked for that cannot be used.</exception>
    public AutomaticMaskGenerator(AutomaticMaskGenerationOptions? options = null)
    {
        _options = options ?? new AutomaticMaskGenerationOptions();
        _options.Validate();
        _grids = _options.Grids();
        var model = _options.Model ?? Sam2Model.Nano;
        using var opened = model.OpenVerified();
        (_config, _filter) = (opened.Config, new MaskFilter(_options, model.RecommendedThresholds));
        (_encode, _decoder) = Load(opened, withEncoder: true);
    }

    /// <summary>Loads the model from where it is open already; it is not needed afterwards.</summary>
    internal AutomaticMaskGenerator(OpenedSam2Model opened, RecommendedThresholds recommended, AutomaticMaskGenerationOptions options)
        : this(opened, recommended, options, withEncoder: true)
    {
    }

    private AutomaticMaskGenerator(
        OpenedSam2Model opened, RecommendedThresholds recommended, AutomaticMaskGenerationOptions options, bool withEncoder)
    {
        options.Validate();
        _options = options;
        _grids = options.Grids();
        (_config, _filter) = (opened.Config, new MaskFilter(options, recommended));
        (_encode, _decoder) = Load(opened, withEncoder);
    }

    /// <summary>Works with an encoder and a decoder that stay the caller's.</summary>
    internal AutomaticMaskGenerator(
        Sam2ModelConfig config,
        Func<RgbImage, CancellationToken, EncodedImage> encode,
        IMaskDecoder decoder,
        RecommendedThresholds recommended,
        AutomaticMaskGenerationOptions options)
    {
        options.Validate();
        _options = options;
        _grids = options.Grids();
        _config = config;
        _encode = encode;
        _decoder = decoder;
        _filter = new MaskFilter(options, recommended);
    }

    /// <summary>Loads just what <see cref="GenerateFrom"/> needs: no image encoder.</summary>
    internal static AutomaticMaskGenerator ForEncodedImages(
        OpenedSam2Model opened, RecommendedThresholds recommended, AutomaticMaskGenerationOptions options) =>
        new(opened, recommended, options, withEncoder: false);

    /// <summary>Segments everything in an image.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="progress">Progress callback, invoked on the generating thread after each batch of points; null for that of the options,
    /// if any.</param>
    /// <param name="cancellationToken">Ends the work within one batch; so does that of the options.</param>
    /// <returns>The masks in the order of the reference (best predicted IoU first; of several crops, those of smaller crops first), or best
    /// first where <see cref="AutomaticMaskGenerationOptions.MaximumMasks"/> is set. Nothing found is an empty set.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The model makes NaN or infinity of the image or of a point: its weights lead beyond the
    /// range of a float.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled; carries the token that did it.</exception>
    /// <exception cref="ObjectDisposedException">The generator is disposed.</exception>
    public MaskSet Generate(
        RgbImage image, IProgress<MaskGenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        var encode = _encode ?? throw new InvalidOperationException("The generator was made for encoded images alone.");
        return Generate(
            image.Size, (crop, token) => encode(image.Crop(crop.Left, crop.Top, crop.Size), token), progress, cancellationToken);
    }

    /// <summary>Segments everything in an image that is encoded already: the same masks as from the image, for options without
    /// crops.</summary>
    /// <param name="encoded">The whole image, encoded by the same model.</param>
    /// <param name="progress">As for an image.</param>
    /// <param name="cancellationToken">As for an image.</param>
    /// <exception cref="InvalidOperationException">The options have crop layers, which only an image can be cut into.</exception>
    internal MaskSet GenerateFrom(
        EncodedImage encoded, IProgress<MaskGenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        return _options.CropLayers == 0
            ? Generate(encoded.ImageSize, (_, _) => encoded, progress, cancellationToken)
            : throw new InvalidOperationException($"Expected no crop layers for an encoded image, found {_options.CropLayers}.");
    }

    private MaskSet Generate(
        ImageSize image,
        Func<ImageCrop, CancellationToken, EncodedImage> encode,
        IProgress<MaskGenerationProgress>? progress,
        CancellationToken cancellationToken)
    {
        progress ??= _options.Progress;
        if (!_options.CancellationToken.CanBeCanceled || _options.CancellationToken == cancellationToken)
        {
            return GenerateAll(image, encode, progress, cancellationToken);
        }

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _options.CancellationToken);
        try
        {
            return GenerateAll(image, encode, progress, linked.Token);
        }
        catch (OperationCanceledException e) when (e.CancellationToken == linked.Token)
        {
            // Callers, tasks among them, recognise a cancellation of theirs by its token, and none of them knows the linked one.
            var cancelled = cancellationToken.IsCancellationRequested ? cancellationToken : _options.CancellationToken;
            throw new OperationCanceledException(e.Message, e, cancelled);
        }
    }

    private MaskSet GenerateAll(
        ImageSize image,
        Func<ImageCrop, CancellationToken, EncodedImage> encode,
        IProgress<MaskGenerationProgress>? progress,
        CancellationToken cancellationToken)
    {
        var crops = CropBoxes.Generate(image, _options.CropLayers, _options.ExactCropOverlapRatio);
        var generators = crops.ConvertAll(crop => new CropMaskGenerator(image, crop, _grids[crop.Layer], _options));
        var promptCount = generators.Sum(generator => generator.PointCount);
        var (promptsDone, masksKept) = (0, 0);
        var records = new List<MaskRecord>();
        for (var i = 0; i < crops.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (crop, generator) = (crops[i], generators[i]);
            var encoded = encode(crop, cancellationToken);
            if (encoded.FindNotFinite() is { } problem)
            {
                throw new InvalidOperationException(
                    $"Expected finite values from the image encoder, found {problem}: the model cannot be used.");
            }

            var candidates = generator.Generate(_config, _decoder, _filter, encoded, Report, cancellationToken);
            foreach (var candidate in candidates)
            {
                cancellationToken.ThrowIfCancellationRequested();
                records.Add(Record(candidate, generator, image));
            }

            promptsDone += generator.PointCount;
            masksKept += candidates.Count;

            void Report(int pointsDone, int keptSoFar) =>
                progress?.Report(new MaskGenerationProgress(i, crops.Count, promptsDone + pointsDone, promptCount, masksKept + keptSoFar));
        }

        return new MaskSet(image, Select(records, crops.Count, cancellationToken));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_owned.TryPop(out var owned))
        {
            owned.Dispose();
        }
    }

    private (Func<RgbImage, CancellationToken, EncodedImage>? Encode, IMaskDecoder Decoder) Load(OpenedSam2Model opened, bool withEncoder)
    {
        try
        {
            var encoder = withEncoder ? new Sam2ImageEncoder(opened.Config, opened.Weights, _options.Session) : null;
            if (encoder is not null)
            {
                _owned.Push(encoder);
            }

            var decoder = Sam2PromptDecoder.CreateMaskDecoder(opened.Config, opened.Weights, _options.Session);
            _owned.Push(decoder);
            return (encoder is null ? null : encoder.Encode, decoder);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private List<MaskRecord> Select(List<MaskRecord> records, int cropCount, CancellationToken cancellationToken)
    {
        if (cropCount > 1)
        {
            records = SuppressBetweenCrops(records, cancellationToken);
        }

        if (_options.MinMaskRegionArea > 0)
        {
            var nmsThreshold = Math.Max(_options.BoxNmsThreshold, _options.CropNmsThreshold);
            records = SmallRegionCleanup.Apply(records, _options.MinMaskRegionArea, nmsThreshold, cancellationToken);
        }

        return _options.MaximumMasks is { } maximum
            ? [.. records.OrderByDescending(record => record.PredictedIou).Take(maximum)]
            : records;
    }

    // Of masks that several crops have found, those of the smallest crop are kept: it saw the object largest.
    private List<MaskRecord> SuppressBetweenCrops(List<MaskRecord> records, CancellationToken cancellationToken)
    {
        var boxes = records.ConvertAll(record => record.BoundingBox.ToXyxy()).ToArray();
        var scores = records.ConvertAll(record => 1 / (record.CropBox.Width * record.CropBox.Height)).ToArray();
        return BoxNms.Keep(boxes, scores, _options.CropNmsThreshold, cancellationToken).ConvertAll(index => records[index]);
    }

    private static MaskRecord Record(MaskCandidate candidate, CropMaskGenerator generator, ImageSize image) => new()
    {
        Segmentation = candidate.MaskInCrop!.PlaceIn(image, candidate.Crop.Left, candidate.Crop.Top),
        BoundingBox = candidate.BoxInImage.ToXywh(),
        PredictedIou = candidate.PredictedIou,
        StabilityScore = candidate.StabilityScore,
        ObjectScoreLogit = candidate.ObjectScoreLogit,
        Points = [generator.PointInImage(candidate)],
        CropBox = candidate.Crop.Box.ToXywh(),
    };
}
