namespace MaskGen.ML.Inference;

/// <summary>What a decoder says of its masks, checked before anybody compares it with a threshold, which NaN never passes.</summary>
internal static class DecodedScores
{
    /// <exception cref="InvalidOperationException">A predicted IoU or an object score is NaN or infinite.</exception>
    public static void ThrowIfNotFinite(IDecodedBatch batch)
    {
        if (FiniteValues.IndexOfOther(batch.PredictedIou) >= 0 || FiniteValues.IndexOfOther(batch.ObjectScoreLogits) >= 0)
        {
            throw new InvalidOperationException(
                "Expected predicted IoU and object scores that are finite, found NaN or infinity: the model's weights lead beyond the "
                + "range of a float, so it cannot be used.");
        }
    }
}
