using MaskGen.ML.Inference;
using MaskGen.ML.Sam2;
using Microsoft.ML.OnnxRuntime;

namespace MaskGen.ML.Benchmarks;

/// <summary>A decoder that computes every mask of a batch to the end.</summary>
internal interface IDecoderOpponent : IDisposable
{
    string Name { get; }

    /// <summary>Predicted IoU [B, 3] and logits [B, 3, S/4, S/4] of the multimask outputs; valid until the next call.</summary>
    (ReadOnlyMemory<float> PredictedIou, ReadOnlyMemory<float> Logits) Decode(PromptBatch prompts);
}

/// <summary>The decoder as people export it with PyTorch, from the file named by <c>MASKGEN_BASELINE_ONNX</c>.</summary>
internal sealed class ExportedDecoder : IDecoderOpponent
{
    private static readonly string[] Outputs = ["masks", "iou_predictions"];
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly OrtValue _embedding;
    private readonly OrtValue _features0;
    private readonly OrtValue _features1;
    private float[] _masks = [];
    private float[] _iou = [];

    public ExportedDecoder(string path, EncodedImage image, Sam2ModelConfig config, int threads)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads };
        _session = new InferenceSession(path, options);
        long d = config.HiddenSize, side = config.EmbeddingSize;
        _embedding = Tensor(image.ImageEmbedding.ToArray(), 1, d, side, side);
        _features0 = Tensor(image.HighResolutionFeatures0.ToArray(), 1, d / 8, 4 * side, 4 * side);
        _features1 = Tensor(image.HighResolutionFeatures1.ToArray(), 1, d / 4, 2 * side, 2 * side);
        MaskPixels = config.MaskSize * config.MaskSize;
        MaskSize = config.MaskSize;
    }

    public string Name => "plain export on ONNX Runtime";

    private int MaskPixels { get; }

    private int MaskSize { get; }

    public (ReadOnlyMemory<float> PredictedIou, ReadOnlyMemory<float> Logits) Decode(PromptBatch prompts)
    {
        var (count, points) = (prompts.Count, prompts.PointsPerPrompt);
        if (_iou.Length != count * 3)
        {
            (_iou, _masks) = (new float[count * 3], new float[count * 3 * MaskPixels]);
        }

        using var coordinates = Tensor(prompts.Coordinates.ToArray(), count, points, 2);
        using var labels = _session.InputMetadata["point_labels"].ElementType == typeof(float)
            ? Tensor(prompts.Labels.ToArray().Select(label => (float)(int)label).ToArray(), count, points)
            : _session.InputMetadata["point_labels"].ElementType == typeof(long)
            ? Tensor(prompts.Labels.ToArray().Select(label => (long)label).ToArray(), count, points)
            : Tensor(prompts.Labels.ToArray().Select(label => (int)label).ToArray(), count, points);
        using var masks = Tensor(_masks, count, 3, MaskSize, MaskSize);
        using var iou = Tensor(_iou, count, 3);
        _session.Run(
            _runOptions,
            ["image_embed", "high_res_feats_0", "high_res_feats_1", "point_coords", "point_labels"],
            [_embedding, _features0, _features1, coordinates, labels],
            Outputs,
            [masks, iou]);
        return (_iou, _masks);
    }

    public void Dispose()
    {
        _embedding.Dispose();
        _features0.Dispose();
        _features1.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }

    private static OrtValue Tensor<T>(T[] values, params long[] shape)
        where T : unmanaged => OrtValue.CreateTensorValueFromMemory(values, shape);
}

/// <summary>The plain graph of the library.</summary>
internal sealed class PlainGraphDecoder(IMaskDecoder decoder, EncodedImage image) : IDecoderOpponent
{
    private readonly IPreparedImage _image = decoder.Prepare(image);
    private float[] _logits = [];

    public string Name => "the library's plain graph on ONNX Runtime";

    public (ReadOnlyMemory<float> PredictedIou, ReadOnlyMemory<float> Logits) Decode(PromptBatch prompts)
    {
        using var batch = decoder.Decode(_image, prompts, CancellationToken.None);
        var masks = DecoderComparison.MultimaskOutputs(prompts.Count, 1);
        var length = masks.Length * (image.InputSize / 4) * (image.InputSize / 4);
        Array.Resize(ref _logits, length);
        batch.UpscaleMasks(masks, _logits);
        return (DecoderComparison.MultimaskIou(batch), _logits);
    }

    public void Dispose()
    {
        _image.Dispose();
        decoder.Dispose();
    }
}
