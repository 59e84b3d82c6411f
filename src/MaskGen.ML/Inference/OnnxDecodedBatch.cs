using MaskGen.ML.Sam2;

namespace MaskGen.ML.Inference;

/// <summary>Prompts that <see cref="OnnxMaskDecoder"/> has decoded: scores here, and what their masks are made of where it was
/// computed.</summary>
internal sealed class OnnxDecodedBatch : IDecodedBatch
{
    private readonly OnnxPreparedImage _image;
    private readonly OnnxMaskUpscaling _upscale;
    private readonly List<OnnxDecodedPortion> _portions = [];
    private readonly int _maskPixels;
    private bool _isDisposed;

    /// <param name="image">The image; held until the batch is disposed.</param>
    /// <param name="count">Number of prompts.</param>
    /// <param name="config">Configuration of the model.</param>
    /// <param name="upscale">The second step.</param>
    public OnnxDecodedBatch(OnnxPreparedImage image, int count, Sam2ModelConfig config, OnnxMaskUpscaling upscale)
    {
        _upscale = upscale;
        _maskPixels = config.MaskSize * config.MaskSize;
        Count = count;
        MaskTokens = config.MaskDecoder.MaskTokens;
        PredictedIouValues = new float[count * MaskTokens];
        ObjectScoreValues = new float[count];
        _image = image;
        image.Hold();
    }

    public int Count { get; }

    public int MaskTokens { get; }

    public ReadOnlySpan<float> PredictedIou => PredictedIouValues;

    public ReadOnlySpan<float> ObjectScoreLogits => ObjectScoreValues;

    /// <summary>float32 [B, mask tokens].</summary>
    public float[] PredictedIouValues { get; }

    /// <summary>float32 [B].</summary>
    public float[] ObjectScoreValues { get; }

    /// <summary>Adds the prompts that were decoded next; the batch owns their tensors from now on.</summary>
    public void Add(OnnxDecodedPortion portion) => _portions.Add(portion);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Prompts are not in ascending order, or <paramref name="logits"/> has another length than
    /// needed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A mask names a prompt or a token that is not there.</exception>
    /// <exception cref="ObjectDisposedException">The batch or its decoder was disposed.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public void UpscaleMasks(ReadOnlySpan<MaskIndex> masks, Span<float> logits, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        MaskIndices.Check(this, masks, _maskPixels, logits.Length);
        cancellationToken.ThrowIfCancellationRequested();
        var first = 0;
        foreach (var portion in _portions)
        {
            var end = first;
            while (end < masks.Length && masks[end].Prompt < portion.FirstPrompt + portion.Count)
            {
                end++;
            }

            if (end > first)
            {
                var room = logits[(first * _maskPixels)..(end * _maskPixels)];
                _upscale(_image, portion, masks[first..end], room, cancellationToken);
                first = end;
            }
        }
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _portions.ForEach(portion => portion.Dispose());
            _image.Release();
        }
    }
}

/// <summary>Prompts of a batch that went through the graph together.</summary>
/// <param name="FirstPrompt">Number of the first in the batch.</param>
/// <param name="Count">How many they are.</param>
/// <param name="ImageTokens">Their <see cref="Sam2TensorNames.PromptImageTokens"/>.</param>
/// <param name="MaskWeights">Their <see cref="Sam2TensorNames.MaskWeights"/>.</param>
internal sealed record OnnxDecodedPortion(int FirstPrompt, int Count, DeviceTensor ImageTokens, DeviceTensor MaskWeights) : IDisposable
{
    public void Dispose()
    {
        ImageTokens.Dispose();
        MaskWeights.Dispose();
    }
}

/// <summary>Upscales masks of prompts that were decoded together, numbered as in their batch; arguments were checked.</summary>
internal delegate void OnnxMaskUpscaling(
    OnnxPreparedImage image,
    OnnxDecodedPortion portion,
    ReadOnlySpan<MaskIndex> masks,
    Span<float> logits,
    CancellationToken cancellationToken);
