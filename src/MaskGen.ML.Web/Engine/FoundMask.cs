namespace MaskGen.ML.Web;

/// <summary>A mask at the size that was asked for.</summary>
/// <param name="Mask">The pixels.</param>
/// <param name="PredictedIou">The model's estimate.</param>
/// <param name="Stability">Stability score at this size.</param>
/// <param name="LogitsId">Under which its logits are kept; null where they are not.</param>
internal sealed record FoundMask(RunLengthEncoding Mask, float PredictedIou, float Stability, string? LogitsId);

/// <summary>What a prompt has found, best first.</summary>
/// <param name="Masks">The masks.</param>
/// <param name="ObjectScore">The logit that there is an object at all.</param>
internal sealed record FoundObject(IReadOnlyList<FoundMask> Masks, float ObjectScore);

/// <summary>How long a click took, in milliseconds.</summary>
/// <param name="Wait">For the embedding and for other requests.</param>
/// <param name="Decode">The decoder.</param>
/// <param name="Masks">Masks at the size that was asked for.</param>
internal readonly record struct ClickTimes(double Wait, double Decode, double Masks);
