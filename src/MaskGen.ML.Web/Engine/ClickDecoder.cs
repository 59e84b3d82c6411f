using System.Diagnostics;
using MaskGen.ML.Masks;

namespace MaskGen.ML.Web;

/// <summary>Answers prompts on images with masks.</summary>
/// <remarks>Safe for concurrent use: two prompts are decoded at a time, clicks before previews.</remarks>
internal sealed class ClickDecoder(
    EmbeddingQueue embeddings, ServedModel model, KeptLogits kept, WebMeter meter) : IDisposable
{
    // One computes while another ends; more would only share the cores.
    private const int AtOnce = 2;

    // Of different sizes; each has buffers of some hundred kilobytes.
    private const int Upsamplers = 8;

    private readonly WorkGate _gate = new(AtOnce);
    private readonly PreparedImages _prepared = new();
    private readonly ByteLimitedCache<(int, ImageSize), MaskUpsampler> _upsamplers = new(Upsamplers);

    /// <summary>Decodes prompts, which wait for the embedding of their image where there is none yet.</summary>
    /// <param name="image">The image.</param>
    /// <param name="prompts">The prompts, in pixels of the image.</param>
    /// <param name="output">One mask or three.</param>
    /// <param name="sizeOf">The size of the masks, by that of the image.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<(IReadOnlyList<FoundObject> Objects, ClickTimes Times)> SegmentAsync(
        ServedImage image,
        IReadOnlyList<Sam2Prompt> prompts,
        MaskOutput output,
        Func<ImageSize, ImageSize> sizeOf,
        CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var (embedding, _) = await embeddings.GetAsync(image, report: null, cancellationToken).ConfigureAwait(false);
        var parts = await model.GetAsync(cancellationToken).ConfigureAwait(false);
        using var pass = await _gate.EnterAsync(isHigh: true, cancellationToken).ConfigureAwait(false);
        var wait = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var (found, times) = await Task.Run(
            () => Decode(image, embedding, parts, prompts, output, sizeOf(embedding.ImageSize), keeps: true, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        meter.Clicks.Add(1);
        meter.ClickTime.Record(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        return (found, times with { Wait = wait });
    }

    /// <summary>Decodes a prompt that somebody hovers over: after all clicks, and only on an image that is encoded.</summary>
    /// <returns>Null where it is not.</returns>
    public async Task<(FoundObject Object, ClickTimes Times)?> PreviewAsync(
        ServedImage image, Sam2Prompt prompt, MaskOutput output, CancellationToken cancellationToken)
    {
        if (embeddings.Peek(image) is not { } embedding || model.Loaded is not { } parts)
        {
            return null;
        }

        var start = Stopwatch.GetTimestamp();
        using var pass = await _gate.EnterAsync(isHigh: false, cancellationToken).ConfigureAwait(false);
        var wait = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var (found, times) = await Task.Run(
            () => Decode(
                image, embedding, parts, [prompt], output, PaintImages.SizeOf(embedding.ImageSize), keeps: false, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        meter.Previews.Add(1);
        return (found[0], times with { Wait = wait });
    }

    /// <summary>Decodes a prompt on an image that is not of the catalog, at the size of the image; nothing of it is kept.</summary>
    public async Task<FoundObject> DecodeAsync(
        EncodedImage embedding, Sam2Prompt prompt, MaskOutput output, CancellationToken cancellationToken)
    {
        var parts = await model.GetAsync(cancellationToken).ConfigureAwait(false);
        using var pass = await _gate.EnterAsync(isHigh: true, cancellationToken).ConfigureAwait(false);
        var (found, _) = await Task.Run(
            () => Decode(null, embedding, parts, [prompt], output, embedding.ImageSize, keeps: false, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        meter.Clicks.Add(1);
        return found[0];
    }

    /// <summary>Brings a mask of an earlier answer to the size of the image.</summary>
    /// <exception cref="WebProblem">Its logits are not kept any more.</exception>
    public async Task<FoundMask> FullAsync(ServedImage image, string logitsId, ImageSize size, CancellationToken cancellationToken)
    {
        var entry = kept.Find(image.Id, logitsId);
        using var pass = await _gate.EnterAsync(isHigh: true, cancellationToken).ConfigureAwait(false);
        return await Task.Run(
            () => Measure(entry.Logits, (int)Math.Sqrt(entry.Logits.Length), size, entry.PredictedIou, logitsId), cancellationToken)
            .ConfigureAwait(false);
    }

    public void Dispose() => _prepared.Dispose();

    private (IReadOnlyList<FoundObject> Objects, ClickTimes Times) Decode(
        ServedImage? image,
        EncodedImage embedding,
        ServedModel.LoadedParts parts,
        IReadOnlyList<Sam2Prompt> prompts,
        MaskOutput output,
        ImageSize size,
        bool keeps,
        CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        IReadOnlyList<DecodedPrompt> decoded;
        using (var prepared = _prepared.Get(embedding, parts.Decoder, cancellationToken))
        {
            decoded = parts.Decoder.DecodeHeld(prepared.Image, prompts, output, cancellationToken);
        }

        var decode = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        List<FoundObject> objects = [.. decoded.Select(answer =>
        {
            // Nobody chooses among previews.
            var best = answer.Masks.OrderByDescending(mask => mask.PredictedIou).Take(keeps ? int.MaxValue : 1);
            var masks = best.Select(mask =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return Measure(
                    mask.LowResolutionMaskLogits.Span, parts.MaskSize, size, mask.PredictedIou, keeps ? kept.Keep(image!.Id, mask) : null);
            });
            return new FoundObject([.. masks], answer.ObjectScoreLogit);
        })];
        return (objects, new ClickTimes(0, decode, Stopwatch.GetElapsedTime(start).TotalMilliseconds - decode));
    }

    private FoundMask Measure(ReadOnlySpan<float> logits, int maskSize, ImageSize size, float predictedIou, string? logitsId)
    {
        if (!_upsamplers.TryGet((maskSize, size), out var upsampler))
        {
            _upsamplers.Set((maskSize, size), upsampler = new MaskUpsampler(maskSize, size), 1);
        }

        var defaults = PromptSegmentationOptions.Default;
        var measured = upsampler.Measure(logits, new MaskCut(defaults.MaskThreshold, defaults.StabilityScoreOffset));
        return new FoundMask(measured.Mask, predictedIou, measured.StabilityScore, logitsId);
    }
}
