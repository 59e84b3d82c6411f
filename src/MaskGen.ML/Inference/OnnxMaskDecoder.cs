using MaskGen.ML.Checkpoints;
using MaskGen.ML.OnnxGraph;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference;

/// <summary>Mask decoder for devices other than the CPU, through ONNX Runtime: what prompts of an image share is computed once per image,
/// masks are upscaled where they are wanted, and all but prompts, scores and logits stays on the device. The algebra is in
/// docs/decoder.md.</summary>
/// <remarks>Exact but for float32 rounding. Safe for concurrent use, and disposing waits for calls in flight. The image prepared last is
/// kept.</remarks>
internal sealed class OnnxMaskDecoder : IMaskDecoder
{
    // Prompt tokens that go through the graph together, which bounds the memory of a run: with the official models a prompt of 8 tokens
    // takes 4 MiB for its image tokens and about four times that while they are computed.
    private const int PromptTokensAtOnce = 128;

    // Prompts that are upscaled together: with the official models some 40 MiB each.
    private const int UpscaledAtOnce = 8;

    private readonly Sam2ModelConfig _config;
    private readonly OnnxSession _image;
    private readonly OnnxSession _withoutMasks;
    private readonly OnnxSession _withMasks;
    private readonly OnnxSession _upscaling;
    private readonly CallGate _gate = new();
    private readonly LastPreparedImage<OnnxPreparedImage> _last = new();

    /// <param name="config">Configuration of the model.</param>
    /// <param name="weights">Verified weights; read here, not needed afterwards.</param>
    /// <param name="options">Device and threads.</param>
    public OnnxMaskDecoder(Sam2ModelConfig config, ICheckpoint weights, Sam2SessionOptions options)
    {
        _config = config;

        // All now, though mask prompts are rare: the weights may be closed by the time of the first one.
        GraphModel[] graphs =
        [
            SharedImageGraph.Build(config), SharedPromptGraph.Build(config, withMaskInput: false),
            SharedPromptGraph.Build(config, withMaskInput: true), SharedUpscalingGraph.Build(config),
        ];
        var sessions = new List<OnnxSession>();
        try
        {
            sessions.AddRange(graphs.Select(graph => new OnnxSession(graph, weights, options, owner: this)));
        }
        catch
        {
            sessions.ForEach(session => session.Dispose());
            throw;
        }

        (_image, _withoutMasks, _withMasks, _upscaling) = (sessions[0], sessions[1], sessions[2], sessions[3]);
    }

    public Sam2Device Device => _image.Device;

    /// <exception cref="ArgumentException">The image was encoded by a model of other sizes, or has values that are not finite.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public IPreparedImage Prepare(EncodedImage image, CancellationToken cancellationToken = default)
    {
        using var call = _gate.Enter(this);
        cancellationToken.ThrowIfCancellationRequested();
        if (_last.Take(image) is { } last)
        {
            return new PreparedImageHandle<OnnxPreparedImage>(last);
        }

        var prepared = Compute(image, cancellationToken);
        prepared.Hold();
        _last.Keep(prepared);
        return new PreparedImageHandle<OnnxPreparedImage>(prepared);
    }

    /// <exception cref="ArgumentException">The image was prepared by another decoder, or there are more prompts than a batch may
    /// have.</exception>
    /// <exception cref="InvalidOperationException">The answer is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public IDecodedBatch Decode(IPreparedImage image, PromptBatch prompts, CancellationToken cancellationToken)
    {
        using var call = _gate.Enter(this);
        if (image is not PreparedImageHandle<OnnxPreparedImage> handle)
        {
            throw new ArgumentException(
                $"Expected an image prepared by this decoder, found {image?.GetType().Name ?? "null"}.", nameof(image));
        }

        if (PromptBatch.LargestCount(_config) is var largest && prompts.Count > largest)
        {
            throw new ArgumentException($"Expected at most {largest} prompts in a batch, found {prompts.Count}.", nameof(prompts));
        }

        var promptTokens = 2 + _config.MaskDecoder.MaskTokens + prompts.PointsPerPrompt;
        var atOnce = Math.Max(PromptTokensAtOnce / promptTokens, 1);
        var batch = new OnnxDecodedBatch(handle.Prepared, prompts.Count, _config, Upscale);
        try
        {
            for (var first = 0; first < prompts.Count; first += atOnce)
            {
                var count = Math.Min(atOnce, prompts.Count - first);
                batch.Add(DecodePortion(handle.Prepared, prompts, first, count, batch, cancellationToken));
            }

            DecodedScores.ThrowIfNotFinite(batch);
            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (!_gate.Close())
        {
            return;
        }

        _last.Keep(null);
        _image.Dispose();
        _withoutMasks.Dispose();
        _withMasks.Dispose();
        _upscaling.Dispose();
    }

    private OnnxPreparedImage Compute(EncodedImage image, CancellationToken cancellationToken)
    {
        image.ThrowIfNotFinite();
        var (d, side, mask) = (_config.HiddenSize, _config.EmbeddingSize, _config.MaskSize);
        if (image.On(Device) is { } there)
        {
            return Run(there.Tensors[0], there.Tensors[1], there.Tensors[2]);
        }

        using var embedding = OnnxSession.Tensor(image.ImageEmbedding, 1, d, side, side);
        using var features0 = OnnxSession.Tensor(image.HighResolutionFeatures0, 1, d / 8, mask, mask);
        using var features1 = OnnxSession.Tensor(image.HighResolutionFeatures1, 1, d / 4, mask / 2, mask / 2);
        return Run(embedding, features0, features1);

        OnnxPreparedImage Run(IOnnxValue embedding, IOnnxValue features0, IOnnxValue features1)
        {
            var tensors = _image.RunBound(
                [
                    (Sam2TensorNames.ImageEmbedding, embedding),
                    (Sam2TensorNames.HighResolutionFeatures0, features0),
                    (Sam2TensorNames.HighResolutionFeatures1, features1),
                ],
                OnnxPreparedImage.Names,
                [],
                cancellationToken);
            return new OnnxPreparedImage(image, tensors);
        }
    }

    private OnnxDecodedPortion DecodePortion(
        OnnxPreparedImage image, PromptBatch prompts, int first, int count, OnnxDecodedBatch batch, CancellationToken cancellationToken)
    {
        var (points, maskTokens) = (prompts.PointsPerPrompt, batch.MaskTokens);
        var labels = new float[count * points];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (int)prompts.Labels.Span[(first * points) + i];
        }

        var coordinates = prompts.Coordinates.Slice(2 * first * points, 2 * count * points);
        using var coordinateValues = OnnxSession.Tensor(coordinates, count, points, 2);
        using var labelValues = OnnxSession.Tensor(labels, count, points);
        using var masks = MaskInputs(prompts, first, count);
        using var iou = OnnxSession.Tensor(batch.PredictedIouValues.AsMemory(first * maskTokens, count * maskTokens), count, maskTokens);
        using var objectScores = OnnxSession.Tensor(batch.ObjectScoreValues.AsMemory(first, count), count, 1);
        List<(string Name, IOnnxValue Value)> inputs =
        [
            .. image.Inputs(Sam2TensorNames.ImageTokens),
            (Sam2TensorNames.PointCoordinates, coordinateValues),
            (Sam2TensorNames.PointLabels, labelValues),
        ];
        inputs.AddRange(masks is not null
            ? [(Sam2TensorNames.MaskInput, masks)]
            : image.Inputs(Sam2TensorNames.FirstKeys, Sam2TensorNames.FirstValues, Sam2TensorNames.FirstQueries));
        var kept = (masks is not null ? _withMasks : _withoutMasks).RunBound(
            inputs,
            [Sam2TensorNames.PromptImageTokens, Sam2TensorNames.MaskWeights],
            [(Sam2TensorNames.PredictedIou, iou), (Sam2TensorNames.ObjectScoreLogits, objectScores)],
            cancellationToken);
        return new OnnxDecodedPortion(first, count, kept[0], kept[1]);
    }

    private OnnxTensor? MaskInputs(PromptBatch prompts, int first, int count)
    {
        var pixels = _config.MaskSize * _config.MaskSize;
        return prompts.HasMaskInputs
            ? OnnxSession.Tensor(prompts.MaskInputs.Slice(first * pixels, count * pixels), count, 1, _config.MaskSize, _config.MaskSize)
            : null;
    }

    // In pieces of a few prompts; all masks of a prompt are in one.
    private void Upscale(
        OnnxPreparedImage image,
        OnnxDecodedPortion portion,
        ReadOnlySpan<MaskIndex> masks,
        Span<float> logits,
        CancellationToken cancellationToken)
    {
        using var call = _gate.Enter(this);
        var pixels = _config.MaskSize * _config.MaskSize;
        for (var start = 0; start < masks.Length;)
        {
            var (prompts, wanted) = (new List<float>(), new List<float>());
            var end = start;
            for (var last = -1; end < masks.Length && (prompts.Count < UpscaledAtOnce || masks[end].Prompt == last); end++)
            {
                if (masks[end].Prompt != last)
                {
                    last = masks[end].Prompt;
                    prompts.Add(last - portion.FirstPrompt);
                }

                wanted.Add(((prompts.Count - 1) * _config.MaskDecoder.MaskTokens) + masks[end].Token);
            }

            UpscalePiece(image, portion, [.. prompts], [.. wanted], logits[(start * pixels)..(end * pixels)], cancellationToken);
            start = end;
        }
    }

    private unsafe void UpscalePiece(
        OnnxPreparedImage image,
        OnnxDecodedPortion portion,
        float[] prompts,
        float[] wanted,
        Span<float> logits,
        CancellationToken cancellationToken)
    {
        using var promptValues = OnnxSession.Tensor(prompts, prompts.Length);
        using var wantedValues = OnnxSession.Tensor(wanted, wanted.Length);
        fixed (float* room = logits)
        {
            using var output = new OnnxTensor(room, logits.Length, wanted.Length, _config.MaskSize, _config.MaskSize);
            _upscaling.RunBound(
                [
                    .. image.Inputs(Sam2TensorNames.OrderedFeatures0, Sam2TensorNames.OrderedFeatures1),
                    (Sam2TensorNames.PromptImageTokens, portion.ImageTokens),
                    (Sam2TensorNames.MaskWeights, portion.MaskWeights),
                    (Sam2TensorNames.WantedPrompts, promptValues),
                    (Sam2TensorNames.WantedMasks, wantedValues),
                ],
                [],
                [(Sam2TensorNames.Masks, output)],
                cancellationToken);
        }
    }
}
