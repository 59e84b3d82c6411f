using MaskGen.ML.Inference;
using MaskGen.ML.Masks;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Generation;

/// <summary>Decodes batches of single points on one crop into measured masks: filter by predicted IoU, upscale survivors, measure, filter by stability.</summary>
/// <remarks>Source of the order of steps: SAM 2 2b90b9f, sam2/automatic_mask_generator.py _process_batch. Safe for concurrent use.</remarks>
internal sealed class PointDecoder(
    Sam2ModelConfig config, IMaskDecoder decoder, IPreparedImage image, MaskFilter filter, AutomaticMaskGenerationOptions options)
{
    // Masks whose logits are in memory at once: a few megabytes.
    private const int MasksAtOnce = 48;

    private readonly MaskUpsampler _upsampler = new(config.MaskSize, image.Image.ImageSize);
    private readonly int _maskPixels = config.MaskSize * config.MaskSize;

    private readonly ParallelOptions _parallel = new()
    {
        MaxDegreeOfParallelism = options.Session?.ThreadCount ?? Environment.ProcessorCount,
    };

    /// <summary>Decodes points.</summary>
    /// <param name="points">Normalized to [0, 1] of the crop.</param>
    /// <param name="wanted">Which masks (index of the point, index of the output) to give whatever their scores; null for those that pass the filters.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    public List<DecodedPointMask> Decode(ReadOnlySpan<(float X, float Y)> points, Func<int, int, bool>? wanted, CancellationToken cancellationToken)
    {
        using var batch = decoder.Decode(image, Batch(points), cancellationToken);
        var found = new List<DecodedPointMask>();
        if (options.UseM2m)
        {
            Refine(batch, points, wanted, found, cancellationToken);
        }
        else if (options.Output == MaskOutput.Single)
        {
            var logits = new float[batch.Count * _maskPixels];
            var tokens = SingleMaskChoice.Upscale(batch, config.MaskDecoder, _maskPixels, logits);
            MaskIndex[] masks = [.. tokens.Select((token, prompt) => new MaskIndex(prompt, token))];
            Measure(batch, masks, [.. masks.Select(mask => new PointOutput(mask.Prompt, 0))], logits, wanted, found);
        }
        else
        {
            foreach (var masks in Chunks(Survivors(batch, wanted)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var logits = new float[masks.Length * _maskPixels];
                batch.UpscaleMasks(masks, logits);
                Measure(batch, masks, [.. masks.Select(mask => new PointOutput(mask.Prompt, mask.Token - 1))], logits, wanted, found);
            }
        }

        return found;
    }

    // Feeds every mask back once as a mask prompt beside its point, for one mask each.
    private void Refine(
        IDecodedBatch batch, ReadOnlySpan<(float X, float Y)> points, Func<int, int, bool>? wanted, List<DecodedPointMask> found, CancellationToken cancellationToken)
    {
        // Unlike without refinement, nothing is filtered before: a poor first mask may become a good one.
        foreach (var masks in Chunks(All(batch)))
        {
            var first = new float[masks.Length * _maskPixels];
            batch.UpscaleMasks(masks, first);
            PromptBatcher.ClampMaskInput(first);
            var own = new (float X, float Y)[masks.Length];
            for (var i = 0; i < masks.Length; i++)
            {
                own[i] = points[masks[i].Prompt];
            }

            using var refined = decoder.Decode(image, Batch(own, first), cancellationToken);
            var logits = new float[masks.Length * _maskPixels];
            var tokens = SingleMaskChoice.Upscale(refined, config.MaskDecoder, _maskPixels, logits);
            MaskIndex[] chosen = [.. tokens.Select((token, prompt) => new MaskIndex(prompt, token))];
            Measure(refined, chosen, [.. masks.Select(mask => new PointOutput(mask.Prompt, mask.Token))], logits, wanted, found);
        }
    }

    private void Measure(
        IDecodedBatch batch, MaskIndex[] masks, PointOutput[] outputs, float[] logits, Func<int, int, bool>? wanted, List<DecodedPointMask> found)
    {
        var iou = new float[masks.Length];
        for (var i = 0; i < masks.Length; i++)
        {
            iou[i] = Iou(batch, masks[i]);
        }

        var measured = new MeasuredMask?[masks.Length];
        var cut = new MaskCut(options.MaskThreshold, options.StabilityScoreOffset);
        Parallel.For(0, masks.Length, _parallel, i =>
        {
            if (wanted?.Invoke(outputs[i].Point, outputs[i].Output) ?? filter.PassesIou(iou[i]))
            {
                var mask = _upsampler.Measure(logits.AsSpan(i * _maskPixels, _maskPixels), cut);
                measured[i] = wanted is not null || filter.PassesStability(mask.StabilityScore) ? mask : null;
            }
        });
        for (var i = 0; i < masks.Length; i++)
        {
            if (measured[i] is { } mask)
            {
                found.Add(new DecodedPointMask(outputs[i], iou[i], batch.ObjectScoreLogits[masks[i].Prompt], mask.StabilityScore, mask.Mask));
            }
        }
    }

    private List<MaskIndex> Survivors(IDecodedBatch batch, Func<int, int, bool>? wanted)
    {
        var survivors = new List<MaskIndex>();
        foreach (var mask in All(batch))
        {
            if (wanted?.Invoke(mask.Prompt, mask.Token - 1) ?? filter.PassesIou(Iou(batch, mask)))
            {
                survivors.Add(mask);
            }
        }

        return survivors;
    }

    // Every multimask output, or the single-mask token where one mask is asked for.
    private List<MaskIndex> All(IDecodedBatch batch)
    {
        var (first, end) = options.Output == MaskOutput.Single ? (0, 1) : (1, batch.MaskTokens);
        var masks = new List<MaskIndex>(batch.Count * (end - first));
        for (var prompt = 0; prompt < batch.Count; prompt++)
        {
            for (var token = first; token < end; token++)
            {
                masks.Add(new MaskIndex(prompt, token));
            }
        }

        return masks;
    }

    // Cuts between prompts, never within one: a prompt's masks share most of their upscaling.
    private static IEnumerable<MaskIndex[]> Chunks(List<MaskIndex> masks)
    {
        var start = 0;
        for (var i = 1; i <= masks.Count; i++)
        {
            var isBoundary = i == masks.Count || masks[i].Prompt != masks[i - 1].Prompt;
            if (isBoundary && (i - start >= MasksAtOnce || i == masks.Count))
            {
                yield return [.. masks[start..i]];
                start = i;
            }
        }
    }

    private PromptBatch Batch(ReadOnlySpan<(float X, float Y)> points, ReadOnlyMemory<float> maskInputs = default)
    {
        const int PointsPerPrompt = 2;
        var coordinates = new float[points.Length * PointsPerPrompt * 2];
        var labels = new PointLabel[points.Length * PointsPerPrompt];
        for (var i = 0; i < points.Length; i++)
        {
            coordinates[4 * i] = points[i].X * config.ImageSize;
            coordinates[(4 * i) + 1] = points[i].Y * config.ImageSize;
            labels[2 * i] = PointLabel.Foreground;
            labels[(2 * i) + 1] = PointLabel.Padding;
        }

        return new PromptBatch(PointsPerPrompt, coordinates, labels, maskInputs);
    }

    private static float Iou(IDecodedBatch batch, MaskIndex mask) => batch.PredictedIou[(mask.Prompt * batch.MaskTokens) + mask.Token];
}

/// <summary>Names a mask of a point: index of the point in its batch, index among the point's masks.</summary>
internal readonly record struct PointOutput(int Point, int Output);

/// <summary>A mask of a point, in pixels of the crop.</summary>
internal sealed record DecodedPointMask(PointOutput Source, float PredictedIou, float ObjectScoreLogit, float StabilityScore, RunLengthEncoding Mask);
