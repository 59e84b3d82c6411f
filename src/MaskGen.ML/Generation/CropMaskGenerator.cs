using MaskGen.ML.Inference;
using MaskGen.ML.Masks;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Generation;

/// <summary>Segments everything in one crop of an image: encode, decode the grid batch by batch, suppress duplicates.</summary>
/// <remarks>Source: SAM 2 2b90b9f, automatic_mask_generator.py _process_crop. Not safe for concurrent use.</remarks>
internal sealed class CropMaskGenerator(
    ImageSize image, ImageCrop crop, (float X, float Y)[] grid, AutomaticMaskGenerationOptions options)
{
    private readonly CandidatePool _pool = new(options.BoxNmsThreshold);
    private int _batchSize = options.PointsPerBatch;

    /// <summary>Points of the crop's grid.</summary>
    public int PointCount => grid.Length;

    /// <summary>Finds the crop's masks.</summary>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="decoder">Its decoder.</param>
    /// <param name="filter">Which masks pass.</param>
    /// <param name="encoded">The encoded crop.</param>
    /// <param name="batchDone">Callback after each batch: points done in this crop, masks kept so far, what the filters have
    /// discarded.</param>
    /// <param name="cancellationToken">Ends the work within a batch.</param>
    /// <returns>Masks that are kept, best predicted IoU first, each with its mask.</returns>
    public List<MaskCandidate> Generate(
        Sam2ModelConfig config,
        IMaskDecoder decoder,
        MaskFilter filter,
        EncodedImage encoded,
        Action<int, int, FilterTally> batchDone,
        CancellationToken cancellationToken)
    {
        using var prepared = decoder.Prepare(encoded, cancellationToken);
        var points = new PointDecoder(config, decoder, prepared, filter, options);

        // The masks do not depend on it, so where a model's masks are large the batches may be smaller than asked for.
        _batchSize = Math.Min(options.PointsPerBatch, PromptBatch.LargestCount(config));
        for (var start = 0; start < grid.Length; start += _batchSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var count = Math.Min(_batchSize, grid.Length - start);
            foreach (var mask in points.Decode(grid.AsSpan(start, count), wanted: null, cancellationToken))
            {
                Add(mask, start + mask.Source.Point);
            }

            _pool.Settle(cancellationToken);
            batchDone(start + count, _pool.LeadingCount, points.Filtered);
        }

        var kept = _pool.Keep(cancellationToken);
        Recover(kept, points, cancellationToken);
        return kept;
    }

    /// <summary>The prompt point of a candidate, in pixels of the image.</summary>
    public PointPrompt PointInImage(MaskCandidate candidate)
    {
        var (x, y) = grid[candidate.Point];
        return new PointPrompt(crop.Left + (x * crop.Size.Width), crop.Top + (y * crop.Size.Height));
    }

    private void Add(DecodedPointMask mask, int point)
    {
        var boxInImage = BoxInImage(mask.Mask);
        if (CropBoxes.IsCutOff(boxInImage, crop, image))
        {
            return;
        }

        _pool.Add(new MaskCandidate
        {
            Crop = crop,
            Point = point,
            Output = mask.Source.Output,
            PredictedIou = mask.PredictedIou,
            ObjectScoreLogit = mask.ObjectScoreLogit,
            StabilityScore = mask.StabilityScore,
            BoxInImage = boxInImage,
            MaskInCrop = mask.Mask,
        });
    }

    private BoxXyxy BoxInImage(RunLengthEncoding maskInCrop)
    {
        var box = maskInCrop.BoundingCorners();
        return new BoxXyxy(box.X0 + crop.Left, box.Y0 + crop.Top, box.X1 + crop.Left, box.Y1 + crop.Top);
    }

    // Decodes again those whose masks the pool released too early; seldom more than a few. Where a device rounds otherwise in another batch
    // the mask that comes back may differ by a pixel: the numbers are replaced with it, so that they are those of its pixels.
    private void Recover(List<MaskCandidate> kept, PointDecoder points, CancellationToken cancellationToken)
    {
        foreach (var missing in kept.Where(candidate => candidate.MaskInCrop is null).Chunk(_batchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var prompts = Array.ConvertAll(missing, candidate => grid[candidate.Point]);
            foreach (var mask in points.Decode(prompts, (prompt, output) => missing[prompt].Output == output, cancellationToken))
            {
                var candidate = missing[mask.Source.Point];
                candidate.MaskInCrop = mask.Mask;
                candidate.StabilityScore = mask.StabilityScore;
                candidate.BoxInImage = BoxInImage(mask.Mask);
            }
        }
    }
}
