namespace MaskGen.ML.Inference;

/// <summary>Checks what a caller asks of the second step of a batch.</summary>
internal static class MaskIndices
{
    /// <param name="batch">The batch.</param>
    /// <param name="masks">Which masks are asked for.</param>
    /// <param name="maskPixels">(S/4)^2.</param>
    /// <param name="logitCount">Room for their logits.</param>
    /// <exception cref="ArgumentException">Prompts are not in ascending order, or there is not just the room that the masks
    /// take.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A mask names a prompt or a token that is not there.</exception>
    public static void Check(IDecodedBatch batch, ReadOnlySpan<MaskIndex> masks, int maskPixels, int logitCount)
    {
        var expected = (long)masks.Length * maskPixels;
        if (logitCount != expected)
        {
            throw new ArgumentException($"{masks.Length} masks take {expected} floats, found {logitCount}.", "logits");
        }

        var last = 0;
        foreach (var mask in masks)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(mask.Token, nameof(masks));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(mask.Token, batch.MaskTokens, nameof(masks));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(mask.Prompt, batch.Count, nameof(masks));
            if (mask.Prompt < last)
            {
                throw new ArgumentException(
                    $"Masks must come in ascending order of prompt, found {mask.Prompt} after {last}.",
                    nameof(masks));
            }

            last = mask.Prompt;
        }
    }
}
