namespace MaskGen.ML.Inference;

/// <summary>Runs prompt encoder and mask decoder on batches of prompts, in two steps so that only masks that are wanted get
/// upscaled.</summary>
/// <remarks>Safe for concurrent use once built; each <see cref="IPreparedImage"/> likewise.</remarks>
internal interface IMaskDecoder : IDisposable
{
    /// <summary>The device that it runs on.</summary>
    Sam2Device Device => Sam2Device.Cpu;

    /// <summary>Makes sure that the decoder gives such masks and takes such prompts, before the first is decoded.</summary>
    /// <param name="output">Which masks will be asked for.</param>
    /// <param name="withMasks">Whether prompts have earlier masks.</param>
    /// <exception cref="NotSupportedException">It does not.</exception>
    void ThrowIfUnsupported(MaskOutput output, bool withMasks)
    {
    }

    /// <summary>Computes once what every prompt on the image shares.</summary>
    /// <exception cref="ArgumentException">The image has other sizes than the model's, or values that are not finite.</exception>
    IPreparedImage Prepare(EncodedImage image, CancellationToken cancellationToken = default);

    /// <summary>First step: the transformer and the heads. The caller disposes the result.</summary>
    /// <exception cref="InvalidOperationException">The model's answer is not finite.</exception>
    IDecodedBatch Decode(IPreparedImage image, PromptBatch prompts, CancellationToken cancellationToken);
}

/// <summary>An image as a decoder wants it. Owned by the caller of <see cref="IMaskDecoder.Prepare"/>.</summary>
internal interface IPreparedImage : IDisposable
{
    EncodedImage Image { get; }
}

/// <summary>Predicted IoU and object scores of a batch, and what is needed to upscale its masks. Not safe for concurrent use.</summary>
internal interface IDecodedBatch : IDisposable
{
    int Count { get; }

    /// <summary>Mask tokens per prompt: the single mask first, then the multimask ones.</summary>
    int MaskTokens { get; }

    /// <summary>float32 [B, mask tokens].</summary>
    ReadOnlySpan<float> PredictedIou { get; }

    /// <summary>float32 [B].</summary>
    ReadOnlySpan<float> ObjectScoreLogits { get; }

    /// <summary>Second step: low-resolution logits of selected masks.</summary>
    /// <param name="masks">Which masks, in ascending order of prompt; prompts that are not named cost nothing.</param>
    /// <param name="logits">Receives float32 [masks, S/4, S/4], row-major, not clamped.</param>
    /// <param name="cancellationToken">Ends the work early; the logits are then of no use.</param>
    void UpscaleMasks(ReadOnlySpan<MaskIndex> masks, Span<float> logits, CancellationToken cancellationToken = default);
}

/// <summary>Identifies one mask of a batch.</summary>
/// <param name="Prompt">Index of the prompt in the batch.</param>
/// <param name="Token">Index of the mask token: 0 the single mask, 1 and up the multimask ones.</param>
internal readonly record struct MaskIndex(int Prompt, int Token);
