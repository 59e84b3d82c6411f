namespace MaskGen.ML;

/// <summary>The decoder's answer to one prompt.</summary>
/// <param name="Masks">One mask or three, as asked for.</param>
/// <param name="ObjectScoreLogit">The model's logit that there is an object at all, above 0 for yes.</param>
public sealed record DecodedPrompt(IReadOnlyList<DecodedMask> Masks, float ObjectScoreLogit);
