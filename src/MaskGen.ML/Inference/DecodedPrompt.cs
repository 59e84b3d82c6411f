namespace MaskGen.ML;

/// <summary>The decoder's answer to one prompt.</summary>
/// <remarks>Immutable and safe to share between threads.</remarks>
public sealed class DecodedPrompt
{
    /// <summary>One mask or three, as asked for.</summary>
    public required IReadOnlyList<DecodedMask> Masks { get; init; }

    /// <summary>The model's logit that there is an object at all, above 0 for yes.</summary>
    public required float ObjectScoreLogit { get; init; }
}
