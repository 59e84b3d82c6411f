using System.Buffers;
using MaskGen.ML.Inference;
using MaskGen.ML.Masks;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Generation;

/// <summary>Decodes batches of single points on one crop into measured masks: filter by predicted IoU, upscale survivors, measure, filter
/// by stability.</summary>
/// <remarks>Source of the order of steps: SAM 2 2b90b9f, sam2/automatic_mask_generator.py _process_batch. Not safe for
/// concurrent use.</remarks>
internal sealed class PointDecoder(
    Sam2ModelConfig config, IMaskDecoder decoder, IPreparedImage image, MaskFilter filter, AutomaticMaskGenerationOptions options)
{
    // Masks whose logits are in memory at once: a few megabytes.
    private const int MasksAtOnce = 48;

    private readonly MaskUpsampler _upsampler = new(config.MaskSize, image.Image.ImageSize);
    private readonly int _maskPixels = config.MaskSize * config.MaskSize;

    private readonly int _threads = options.Session?.ThreadCount ?? Environment.ProcessorCount;

    /// <summary>What the filters have discarded of the points that were decoded without saying which masks are wanted.</summary>
    public FilterTally Filtered { get; private set; }

    /// <summary>Decodes points.</summary>
    /// <param name="points">Normalized to [0, 1] of the crop.</param>
    /// <param name="wanted">Which masks (index of the point, index of the output) to give whatever is predicted of them; null for those
    /// that pass the filters.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    public List<DecodedPointMask> Decode(
        ReadOnlySpan<(float X, float Y)> points, Func<int, int, bool>? wanted, CancellationToken cancellationToken)
    {
        var found = new List<DecodedPointMask>();
        if (options.Output == MaskOutput.Multimask)
        {
            DecodeMultimask(points, wanted, found, cancellationToken);
            return found;
        }

        // Which output is the single mask shows only in its logits, so nothing can be left out before upscaling.
        for (var start = 0; start < points.Length; start += MasksAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            DecodeSingle(points.Slice(start, Math.Min(MasksAtOnce, points.Length - start)), start, wanted, found, cancellationToken);
        }

        return found;
    }

    private void DecodeMultimask(
        ReadOnlySpan<(float X, float Y)> points,
        Func<int, int, bool>? wanted,
        List<DecodedPointMask> found,
        CancellationToken cancellationToken)
    {
        using var batch = decoder.Decode(image, Batch(points, MaskOutput.Multimask), cancellationToken);
        foreach (var masks in Chunks(Wanted(batch, wanted)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            PointOutput[] outputs = [.. masks.Select(mask => new PointOutput(mask.Prompt, mask.Token - 1))];
            var logits = ArrayPool<float>.Shared.Rent(masks.Length * _maskPixels);
            batch.UpscaleMasks(masks, logits.AsSpan(0, masks.Length * _maskPixels), cancellationToken);
            if (options.UseM2m)
            {
                Refine(points, outputs, logits, wanted, found, cancellationToken);
            }
            else
            {
                Measure(batch, masks, outputs, logits, wanted, found, cancellationToken);
            }

            ArrayPool<float>.Shared.Return(logits);
        }
    }

    private void DecodeSingle(
        ReadOnlySpan<(float X, float Y)> points,
        int firstPoint,
        Func<int, int, bool>? wanted,
        List<DecodedPointMask> found,
        CancellationToken cancellationToken)
    {
        using var batch = decoder.Decode(image, Batch(points, MaskOutput.Single), cancellationToken);
        var logits = ArrayPool<float>.Shared.Rent(points.Length * _maskPixels);
        var masks = ChooseSingle(batch, logits, cancellationToken);
        PointOutput[] outputs = [.. masks.Select(mask => new PointOutput(mask.Prompt, 0))];
        var own = new List<DecodedPointMask>();
        Func<int, int, bool>? ownWanted = wanted is null ? null : (point, output) => wanted(firstPoint + point, output);
        if (options.UseM2m)
        {
            Refine(points, outputs, logits, ownWanted, own, cancellationToken);
        }
        else
        {
            Measure(batch, masks, outputs, logits, ownWanted, own, cancellationToken);
        }

        ArrayPool<float>.Shared.Return(logits);
        found.AddRange(own.Select(mask => mask with { Source = mask.Source with { Point = firstPoint + mask.Source.Point } }));
    }

    // Feeds masks back once as mask prompts beside their points, for one mask each; their logits are clamped in place.
    private void Refine(
        ReadOnlySpan<(float X, float Y)> points,
        PointOutput[] outputs,
        float[] firstLogits,
        Func<int, int, bool>? wanted,
        List<DecodedPointMask> found,
        CancellationToken cancellationToken)
    {
        var maskInputs = firstLogits.AsMemory(0, outputs.Length * _maskPixels);
        PromptBatcher.ClampMaskInput(maskInputs.Span);
        var own = new (float X, float Y)[outputs.Length];
        for (var i = 0; i < own.Length; i++)
        {
            own[i] = points[outputs[i].Point];
        }

        // A decoder may look at the mask prompts again when it upscales: the refined logits need room of their own.
        using var refined = decoder.Decode(image, Batch(own, MaskOutput.Single, maskInputs), cancellationToken);
        var logits = ArrayPool<float>.Shared.Rent(maskInputs.Length);
        Measure(refined, ChooseSingle(refined, logits, cancellationToken), outputs, logits, wanted, found, cancellationToken);
        ArrayPool<float>.Shared.Return(logits);
    }

    // The single mask of every prompt, and its logits.
    private MaskIndex[] ChooseSingle(IDecodedBatch batch, float[] logits, CancellationToken cancellationToken)
    {
        var room = logits.AsSpan(0, batch.Count * _maskPixels);
        var tokens = SingleMaskChoice.Upscale(batch, config.MaskDecoder, _maskPixels, room, cancellationToken);
        return [.. tokens.Select((token, prompt) => new MaskIndex(prompt, token))];
    }

    private void Measure(
        IDecodedBatch batch,
        MaskIndex[] masks,
        PointOutput[] outputs,
        float[] logits,
        Func<int, int, bool>? wanted,
        List<DecodedPointMask> found,
        CancellationToken cancellationToken)
    {
        var (iou, stabilities) = (new float[masks.Length], new float[masks.Length]);
        for (var i = 0; i < masks.Length; i++)
        {
            iou[i] = Iou(batch, masks[i]);
        }

        var measured = new MeasuredMask?[masks.Length];
        var cut = new MaskCut(options.MaskThreshold, options.StabilityScoreOffset);
        ParallelWork.For(masks.Length, _threads, cancellationToken, i =>
        {
            if (wanted?.Invoke(outputs[i].Point, outputs[i].Output) ?? filter.PassesIou(iou[i]))
            {
                measured[i] = _upsampler.Measure(
                    logits.AsSpan(i * _maskPixels, _maskPixels), cut, Passes);
            }

            bool Passes(float stability)
            {
                stabilities[i] = stability;
                return wanted is not null || filter.PassesStability(stability);
            }
        });
        for (var i = 0; i < masks.Length; i++)
        {
            if (measured[i] is { } mask)
            {
                var objectScore = batch.ObjectScoreLogits[masks[i].Prompt];
                found.Add(new DecodedPointMask(outputs[i], iou[i], objectScore, mask.StabilityScore, mask.Mask));
            }
        }

        if (wanted is null)
        {
            Count(iou, stabilities, [.. measured.Select(mask => mask is not null)]);
        }
    }

    private void Count(float[] iou, float[] stabilities, bool[] isKept)
    {
        var tally = new FilterTally { Candidates = iou.Length };
        for (var i = 0; i < iou.Length; i++)
        {
            var passesIou = filter.PassesIou(iou[i]);
            tally += new FilterTally
            {
                BelowPredictedIou = passesIou ? 0 : 1,
                HighestPredictedIou = Highest(iou[i]),
                BelowStability = passesIou && !isKept[i] ? 1 : 0,
                HighestStability = passesIou ? Highest(stabilities[i]) : 0,
            };
        }

        Filtered += tally;
    }

    // An empty mask has a stability that is not a number.
    private static float Highest(float score) => float.IsNaN(score) ? 0 : score;

    // The multimask outputs to upscale.
    private List<MaskIndex> Wanted(IDecodedBatch batch, Func<int, int, bool>? wanted)
    {
        var masks = new List<MaskIndex>();
        for (var prompt = 0; prompt < batch.Count; prompt++)
        {
            for (var token = 1; token < batch.MaskTokens; token++)
            {
                // With refinement nothing is filtered before: a poor first mask may become a good one.
                var mask = new MaskIndex(prompt, token);
                if (wanted?.Invoke(prompt, token - 1) ?? (options.UseM2m || filter.PassesIou(Iou(batch, mask))))
                {
                    masks.Add(mask);
                }
                else if (wanted is null)
                {
                    Filtered += new FilterTally
                    {
                        Candidates = 1, BelowPredictedIou = 1, HighestPredictedIou = Highest(Iou(batch, mask)),
                    };
                }
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

    private PromptBatch Batch(
        ReadOnlySpan<(float X, float Y)> points, MaskOutput output, ReadOnlyMemory<float> maskInputs = default)
    {
        const int PointsPerPrompt = 2;
        var coordinates = new float[points.Length * PointsPerPrompt * 2];
        var labels = new PromptTokenLabel[points.Length * PointsPerPrompt];
        for (var i = 0; i < points.Length; i++)
        {
            coordinates[4 * i] = points[i].X * config.ImageSize;
            coordinates[(4 * i) + 1] = points[i].Y * config.ImageSize;
            labels[2 * i] = PromptTokenLabel.Foreground;
            labels[(2 * i) + 1] = PromptTokenLabel.Padding;
        }

        return new PromptBatch(PointsPerPrompt, coordinates, labels, maskInputs) { Output = output };
    }

    private static float Iou(IDecodedBatch batch, MaskIndex mask) => batch.PredictedIou[(mask.Prompt * batch.MaskTokens) + mask.Token];
}

/// <summary>Identifies a mask of a point: index of the point in its batch, index among the point's masks.</summary>
internal readonly record struct PointOutput(int Point, int Output);

/// <summary>A mask of a point, in pixels of the crop.</summary>
internal sealed record DecodedPointMask(
    PointOutput Source, float PredictedIou, float ObjectScoreLogit, float StabilityScore, RunLengthEncoding Mask);
