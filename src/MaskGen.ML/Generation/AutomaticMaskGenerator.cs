using MaskGen.ML.Generation;
using MaskGen.ML.Inference;
using MaskGen.ML.Masks;
using MaskGen.ML.Sam2;

namespace MaskGen.ML;

/// <summary>Segments everything in an image: a grid of points over it and over crops of it, filtered, without duplicates.</summary>
/// <remarks>
/// Safe for concurrent use; holds the weights until disposed, after which every call throws <see cref="ObjectDisposedException"/>. Memory
/// is bounded by the image, not by the number of points: logits are measured and discarded batch by batch, masks live as run lengths. The
/// masks do not depend on <see cref="AutomaticMaskGenerationOptions.PointsPerBatch"/>. Source: SAM 2 2b90b9f,
/// sam2/automatic_mask_generator.py.
/// </remarks>
public sealed partial class AutomaticMaskGenerator : IDisposable
{
    private readonly AutomaticMaskGenerationOptions _options;
    private readonly Sam2ModelConfig _config;
    private readonly Func<RgbImage, CancellationToken, EncodedImage> _encode;
    private readonly Sam2ImageEncoder? _encoder;
    private readonly IMaskDecoder _decoder;
    private readonly MaskFilter _filter;
    private readonly (float X, float Y)[][] _grids;
    private readonly string? _fingerprint;
    private readonly string? _modelName;
    private readonly bool _ownsParts;
    private volatile bool _isDisposed;

    /// <summary>Segments everything in an image.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="progress">Progress callback, invoked on the calling thread after each batch of points; null for none.</param>
    /// <param name="cancellationToken">Ends the work within one batch.</param>
    /// <returns>The masks in the order of the reference (best predicted IoU first; of several crops, those of smaller crops first), or best
    /// first where <see cref="AutomaticMaskGenerationOptions.MaximumMasks"/> is set. Nothing found is an empty set.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The model makes NaN or infinity of the image or of a point: its weights lead beyond the
    /// range of a float.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The generator is disposed.</exception>
    public MaskSet Generate(
        RgbImage image, IProgress<MaskGenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Generate(image.Size, EncodeCrop, progress, cancellationToken);

        EncodedImage EncodeCrop(ImageCrop crop) => Encode(image.Crop(crop.Left, crop.Top, crop.Size), cancellationToken);
    }

    /// <summary>Segments everything in an image that has been encoded before, so that thresholds are tuned without encoding again; the
    /// masks are those of the image itself.</summary>
    /// <param name="image">The encoded image, from an encoder of the same model.</param>
    /// <param name="progress">Progress callback, invoked on the calling thread after each batch of points; null for none.</param>
    /// <param name="cancellationToken">Ends the work within one batch.</param>
    /// <returns>The masks, as for <see cref="Generate(RgbImage, IProgress{MaskGenerationProgress}, CancellationToken)"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="ArgumentException">The image was encoded by another model, or has values that are NaN or infinite.</exception>
    /// <exception cref="InvalidOperationException">The options ask for crops (<see cref="AutomaticMaskGenerationOptions.CropLayers"/>),
    /// which are encoded from the image itself; or the model makes NaN or infinity of a point.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The generator is disposed.</exception>
    public MaskSet Generate(
        EncodedImage image, IProgress<MaskGenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ThrowIfCropped(_options);
        Sam2PromptValidation.Validate(image, [], _config, _fingerprint, _modelName);
        image.ThrowIfNotFinite();
        return Generate(image.ImageSize, _ => image, progress, cancellationToken);
    }

    private static void ThrowIfCropped(AutomaticMaskGenerationOptions options)
    {
        if (options.CropLayers > 0)
        {
            throw new InvalidOperationException(
                $"Expected no crop layers to segment from an embedding, found {nameof(AutomaticMaskGenerationOptions.CropLayers)} = "
                + $"{options.CropLayers}: each crop is encoded by itself, which needs the image. Segment the image instead, or set "
                + "no crop layers.");
        }
    }

    private EncodedImage Encode(RgbImage image, CancellationToken cancellationToken)
    {
        var encoded = _encode(image, cancellationToken);
        return encoded.FindNotFinite() is { } problem
            ? throw new InvalidOperationException(
                $"Expected finite values from the image encoder, found {problem}: the model cannot be used.")
            : encoded;
    }

    private MaskSet Generate(
        ImageSize image,
        Func<ImageCrop, EncodedImage> encode,
        IProgress<MaskGenerationProgress>? progress,
        CancellationToken cancellationToken) =>
        new(image, Best(Records(image, _grids, encode, progress, cancellationToken)));

    private List<MaskRecord> Best(List<MaskRecord> records) => _options.MaximumMasks is { } maximum
        ? [.. records.OrderByDescending(record => record.PredictedIou).Take(maximum)]
        : records;

    // Of the layers that there are grids for.
    private List<MaskRecord> Records(
        ImageSize image,
        (float X, float Y)[][] grids,
        Func<ImageCrop, EncodedImage> encode,
        IProgress<MaskGenerationProgress>? progress,
        CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var crops = CropBoxes.Generate(image, grids.Length - 1, _options.ExactCropOverlapRatio);
        var generators = crops.ConvertAll(crop => new CropMaskGenerator(image, crop, grids[crop.Layer], _options));
        var promptCount = generators.Sum(generator => generator.PointCount);
        var (promptsDone, masksKept, filtered) = (0, 0, default(FilterTally));
        var records = new List<MaskRecord>();
        for (var i = 0; i < crops.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (crop, generator) = (crops[i], generators[i]);
            var filteredOfCrop = default(FilterTally);
            var candidates = generator.Generate(_config, _decoder, _filter, encode(crop), Report, cancellationToken);
            foreach (var candidate in candidates)
            {
                cancellationToken.ThrowIfCancellationRequested();
                records.Add(Record(candidate, generator, image));
            }

            promptsDone += generator.PointCount;
            masksKept += candidates.Count;
            filtered += filteredOfCrop;

            void Report(int pointsDone, int keptSoFar, FilterTally filteredSoFar)
            {
                filteredOfCrop = filteredSoFar;
                progress?.Report(new MaskGenerationProgress
                {
                    Crop = i,
                    CropCount = crops.Count,
                    PromptsDone = promptsDone + pointsDone,
                    PromptCount = promptCount,
                    MasksKept = masksKept + keptSoFar,
                    Filtered = filtered + filteredSoFar,
                });
            }
        }

        return Select(records, crops.Count, cancellationToken);
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

        return records;
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
