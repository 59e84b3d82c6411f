using MaskGen.ML.Checkpoints;
using MaskGen.ML.Inference;
using MaskGen.ML.Sam2;

namespace MaskGen.ML.Tests;

/// <summary>The mask decoder as one plain ONNX graph, as it is exported: every mask of every prompt is computed to the end.</summary>
/// <remarks>The slow twin of the decoders that compute once what prompts share. Safe for concurrent use.</remarks>
internal sealed class PlainMaskDecoder : IMaskDecoder
{
    private static readonly string[] OutputNames = [Sam2TensorNames.Masks, Sam2TensorNames.PredictedIou, Sam2TensorNames.ObjectScoreLogits];

    private readonly Sam2ModelConfig _config;
    private readonly OnnxSession _withoutMasks;
    private readonly OnnxSession _withMasks;

    /// <param name="config">Configuration of the model.</param>
    /// <param name="weights">Verified weights; read here, not needed afterwards.</param>
    /// <param name="options">Device and threads.</param>
    public PlainMaskDecoder(Sam2ModelConfig config, ICheckpoint weights, Sam2SessionOptions options)
    {
        _config = config;
        _withoutMasks = new OnnxSession(PromptDecoderGraph.Build(config, withMaskInput: false), weights, options);
        try
        {
            // Built now, though mask prompts are rare: the weights may be closed by the time of the first one.
            _withMasks = new OnnxSession(PromptDecoderGraph.Build(config, withMaskInput: true), weights, options);
        }
        catch
        {
            _withoutMasks.Dispose();
            throw;
        }
    }

    public Sam2Device Device => _withoutMasks.Device;

    public IPreparedImage Prepare(EncodedImage image, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        image.ThrowIfNotFinite();
        return new PreparedImage(image, _config);
    }

    public IDecodedBatch Decode(IPreparedImage image, PromptBatch prompts, CancellationToken cancellationToken)
    {
        var prepared = (PreparedImage)image;
        var (count, points, mask) = (prompts.Count, prompts.PointsPerPrompt, _config.MaskSize);
        if (PromptBatch.LargestCount(_config) is var largest && count > largest)
        {
            throw new ArgumentException($"Expected at most {largest} prompts in a batch, found {count}.", nameof(prompts));
        }

        var batch = new DecodedBatch(count, _config);
        var labels = new float[prompts.Labels.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (int)prompts.Labels.Span[i];
        }

        List<string> names = [.. PreparedImage.Names, Sam2TensorNames.PointCoordinates, Sam2TensorNames.PointLabels];
        List<OnnxTensor> own =
        [
            OnnxSession.Tensor(prompts.Coordinates, count, points, 2),
            OnnxSession.Tensor(labels, count, points),
        ];
        if (prompts.HasMaskInputs)
        {
            names.AddRange([Sam2TensorNames.MaskInput, Sam2TensorNames.HasMaskInput]);
            own.Add(OnnxSession.Tensor(prompts.MaskInputs, count, 1, mask, mask));
            own.Add(OnnxSession.Tensor(new float[] { 1 }, 1));
        }

        OnnxTensor[] outputs =
        [
            OnnxSession.Tensor(batch.Logits, count, batch.MaskTokens, mask, mask),
            OnnxSession.Tensor(batch.Iou, count, batch.MaskTokens),
            OnnxSession.Tensor(batch.ObjectScores, count, 1),
        ];
        try
        {
            var session = prompts.HasMaskInputs ? _withMasks : _withoutMasks;
            session.Run(names, [.. prepared.Values, .. own], OutputNames, outputs, cancellationToken);
        }
        finally
        {
            foreach (var value in own.Concat(outputs))
            {
                value.Dispose();
            }
        }

        DecodedScores.ThrowIfNotFinite(batch);
        return batch;
    }

    public void Dispose()
    {
        _withoutMasks.Dispose();
        _withMasks.Dispose();
    }

    // The image's tensors, wrapped once for all batches.
    private sealed class PreparedImage : IPreparedImage
    {
        public static readonly string[] Names =
            [Sam2TensorNames.ImageEmbedding, Sam2TensorNames.HighResolutionFeatures0, Sam2TensorNames.HighResolutionFeatures1];

        public PreparedImage(EncodedImage image, Sam2ModelConfig config)
        {
            var (d, side, mask) = (config.HiddenSize, config.EmbeddingSize, config.MaskSize);
            Image = image;
            Values =
            [
                OnnxSession.Tensor(image.ImageEmbedding, 1, d, side, side),
                OnnxSession.Tensor(image.HighResolutionFeatures0, 1, d / 8, mask, mask),
                OnnxSession.Tensor(image.HighResolutionFeatures1, 1, d / 4, mask / 2, mask / 2),
            ];
        }

        public EncodedImage Image { get; }

        public OnnxTensor[] Values { get; }

        public void Dispose()
        {
            foreach (var value in Values)
            {
                value.Dispose();
            }
        }
    }

    private sealed class DecodedBatch(int count, Sam2ModelConfig config) : IDecodedBatch
    {
        private readonly int _pixels = config.MaskSize * config.MaskSize;

        public int Count => count;

        public int MaskTokens { get; } = config.MaskDecoder.MaskTokens;

        public float[] Logits { get; } = new float[count * config.MaskDecoder.MaskTokens * config.MaskSize * config.MaskSize];

        public float[] Iou { get; } = new float[count * config.MaskDecoder.MaskTokens];

        public float[] ObjectScores { get; } = new float[count];

        public ReadOnlySpan<float> PredictedIou => Iou;

        public ReadOnlySpan<float> ObjectScoreLogits => ObjectScores;

        public void UpscaleMasks(ReadOnlySpan<MaskIndex> masks, Span<float> logits, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < masks.Length; i++)
            {
                var source = ((masks[i].Prompt * MaskTokens) + masks[i].Token) * _pixels;
                Logits.AsSpan(source, _pixels).CopyTo(logits[(i * _pixels)..]);
            }
        }

        public void Dispose()
        {
        }
    }
}
